"""The numbers that an argument of a check can be: a share from 0 to 1, a count from 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What a number of this kind can be, both ends included.

    Attributes:
        what: the kind of number and its range, as the end of a sentence.
        open_low: whether the lower end itself is excluded.
    """

    what: str
    low: float = 0
    high: float = inf
    open_low: bool = False

    def has(self, value: float) -> bool:
        """Whether a number is of this kind."""
        above = value > self.low if self.open_low else value >= self.low
        return above and value <= self.high


SHARE = Range(what="a share: from 0 to 1 (0.95 is 95 %)", high=1)
PART = Range(what="a part: above 0, up to 1 (0.95 is 95 %)", high=1, open_low=True)
COUNT = Range(what="a count: 0 or more")
LENGTH = Range(what="a number of characters: 0 or more")
SPREAD = Range(what="a measure that is never below 0")
FACTOR = Range(what="a factor: above 0", open_low=True)

Ranges = Mapping[str, Range]


def bounds_of(kind: Range) -> Ranges:
    """The range of both bounds of a figure of one kind."""
    return {"min_value": kind, "max_value": kind}
