"""What a measurement claims, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median


class Bound(StrEnum):
    """Which side of its target a value must be on."""

    AT_MOST = "at most"
    AT_LEAST = "at least"
    REPORTED = "reported"
    """There is no target: the figure is given because a reader would ask for it."""


class Verdict(StrEnum):
    """What became of a claim."""

    PASSED = "pass"
    FAILED = "FAIL"
    REPORTED = "reported"
    SKIPPED = "skipped"
    DUE = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One line of the table of results, stated before anything is measured.

    `unit` is × for a ratio of ours to theirs (or of their time to ours: `what` says which). The
    target is one of the median, or `in_every_round`.
    """

    name: str
    what: str
    how: str
    bound: Bound
    target: float | None = None
    unit: str = "×"
    in_every_round: bool = False

    def __post_init__(self) -> None:
        if (self.target is None) is not (self.bound is Bound.REPORTED):
            raise ValueError(f"{self.name}: a bound has a target, and only a bound has one")

    def holds(self, value: float) -> bool:
        """Whether a value is on the right side of the target."""
        if self.bound is Bound.AT_MOST:
            return value <= (self.target or 0.0)
        return self.bound is Bound.REPORTED or value >= (self.target or 0.0)

    def judged(self, result: Result) -> float:
        """The figure that the target is held to: the median, or that of the worst round."""
        if not self.in_every_round:
            return result.value
        return max(result.values) if self.bound is Bound.AT_MOST else min(result.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was found of one claim: the median of `values`, one a round.

    `ours` and `theirs` are the medians behind a ratio, in words.
    """

    claim: str
    values: Sequence[float] = ()
    ours: str = ""
    theirs: str = ""
    size: str = ""
    note: str = ""
    skipped: str = ""
    """Why there is nothing: an optional dependency that is missing."""

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A result, with when and under what circumstances it was measured."""

    result: Result
    measured_at: str
    load_before: float
    """The machine's one-minute load average before the measurement began."""
    versions: dict[str, str] = field(default_factory=dict)


def verdict(claim: Claim, stamped: Stamped | None) -> Verdict:
    """The word for the last column of the table."""
    if stamped is None:
        return Verdict.DUE
    if stamped.result.skipped:
        return Verdict.SKIPPED
    if claim.bound is Bound.REPORTED:
        return Verdict.REPORTED
    return Verdict.PASSED if claim.holds(claim.judged(stamped.result)) else Verdict.FAILED
