"""Windows of release dates: how a query of more pages than TMDB serves is split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from medallion.errors import SourceRefused

FROM, UNTIL = "primary_release_date.gte", "primary_release_date.lte"
FIRST_FILM = date(1870, 1, 1)
LAST_FILM = date(2100, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A range of release dates, both ends included.

    An open end takes everything before or after it: a film with a mistyped date, in the year 1014
    or 2914, is in the first or the last window. Only the window with both ends open has films
    without a date.
    """

    start: date = FIRST_FILM
    end: date = LAST_FILM
    open_start: bool = True
    open_end: bool = True

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Window:
        """The spec's own bounds; open where it has none.

        Raises:
            SourceRefused: a bound is not a date.
        """
        return cls(
            start=_day(params, FROM, FIRST_FILM),
            end=_day(params, UNTIL, LAST_FILM),
            open_start=FROM not in params,
            open_end=UNTIL not in params,
        )

    @property
    def bounds(self) -> dict[str, str]:
        """The window as TMDB's query parameters.

        >>> Window.of({"primary_release_date.gte": "2026-01-01"}).bounds
        {'primary_release_date.gte': '2026-01-01'}
        """
        start = {} if self.open_start else {FROM: self.start.isoformat()}
        end = {} if self.open_end else {UNTIL: self.end.isoformat()}
        return start | end

    @property
    def has_undated(self) -> bool:
        """Whether films without a date are in it: only if both ends are open."""
        return self.open_start and self.open_end

    @property
    def divisible(self) -> bool:
        """Whether it has more than one day, so that it can be halved."""
        return self.start < self.end

    def halves(self, days: Sequence[int] = ()) -> tuple[Window, Window]:
        """Two windows that cover this one; its films without a date are in neither.

        >>> january = Window(start=date(2026, 1, 1), end=date(2026, 1, 31))
        >>> [str(half) for half in january.halves()]
        ['… to 2026-01-16', '2026-01-17 to …']

        Args:
            days: of films in it (ordinals, 0 for none): half of them are in each half, as far as
                days allow. Without any, half of its days are.
        """
        known = sorted(day for day in days if self.has(day))
        middle = self.start + (self.end - self.start) // 2
        if known:
            first, last = self.start.toordinal(), self.end.toordinal()
            wanted = known[len(known) // 2] - 1
            middle = date.fromordinal(min(max(wanted, first), last - 1))
        return (
            Window(start=self.start, end=middle, open_start=self.open_start, open_end=False),
            Window(
                start=middle + timedelta(days=1),
                end=self.end,
                open_start=False,
                open_end=self.open_end,
            ),
        )

    def has(self, day: int) -> bool:
        """Whether a day (its ordinal, 0 for none) is in it."""
        after = self.open_start or day >= self.start.toordinal()
        return day > 0 and after and (self.open_end or day <= self.end.toordinal())

    def to_json(self) -> list[Any]:
        """A list for the journal, without names; dates in ISO 8601."""
        return [self.start.isoformat(), self.end.isoformat(), self.open_start, self.open_end]

    @classmethod
    def from_json(cls, kept: Sequence[Any]) -> Window:
        """Read back what `to_json` wrote into the journal."""
        start, end, open_start, open_end = kept
        return cls(
            start=date.fromisoformat(start),
            end=date.fromisoformat(end),
            open_start=open_start,
            open_end=open_end,
        )

    def __str__(self) -> str:
        start = "…" if self.open_start else self.start.isoformat()
        end = "…" if self.open_end else self.end.isoformat()
        return start if start == end and self.start == self.end else f"{start} to {end}"


def _day(params: Mapping[str, str], key: str, default: date) -> date:
    if key not in params:
        return default
    try:
        return date.fromisoformat(params[key])
    except ValueError:
        raise SourceRefused(
            f"params.{key}: {params[key]!r} is not a date", remedy="write it as YYYY-MM-DD"
        ) from None
