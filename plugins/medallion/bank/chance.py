"""Draws that are the same wherever and whenever they are made."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of draws of its own for each name: one more draw here moves nothing elsewhere.

    Of Python's generator only `random()` is promised to stay as it is, so all is made from that.
    """

    def __init__(self, *name: object) -> None:
        self._random = Random("/".join(map(str, name)))  # noqa: S311  # no secret

    def share(self) -> float:
        """A number from 0 up to 1, which is never reached."""
        return self._random.random()

    def below(self, number: int) -> int:
        """From 0 to one less than the number."""
        return int(self.share() * number)

    def pick(self, among: Sequence[T]) -> T:
        """One element of a sequence, each equally likely."""
        return among[self.below(len(among))]
