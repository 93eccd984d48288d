"""How fast an API may be called: a budget that belongs to its connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many requests a connection may make."""

    per_second: float
    per_day: int | None = None
    """From midnight to midnight, in UTC; None where there is no such limit."""


class Throttle(Protocol):
    """Paces requests; ask it before each."""

    def wait(self) -> None:
        """Sleep until the request may be made.

        Raises:
            SourceUnavailable: today's budget is used up.
        """


Throttles = Callable[[str, Rate], Throttle]
"""Gives the throttle of a connection's id."""


class OwnPace:
    """Evenly spaced requests of one extraction; other runs are not taken into account."""

    def __init__(self, per_second: float) -> None:
        self._pace = 1 / per_second
        self._next_at = 0.0

    def wait(self) -> None:
        """Sleep until the next request is due."""
        now = time.monotonic()
        if now < self._next_at:
            time.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + self._pace


def own_pace(conn_id: str, rate: Rate) -> Throttle:
    """A throttle that no other run shares; `per_day` is not kept."""
    return OwnPace(rate.per_second)
