"""On which days a schedule runs: business days, or one day of each month, quarter or year.

The days off are kept as numbers, made when a spec is compiled: nobody asks a library, or a file,
what a holiday is while runs are scheduled.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Literal

Period = Literal["month", "quarter", "year"]
MONTHS_OF: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}
SATURDAY_SUNDAY = (5, 6)
_MOST_YEARS = 15
"""How far ahead a day is looked for."""
Days = tuple[date, date]
"""Half open: a day, and the day after the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One day of each period: the first is 1, the last -1. `is_business_day`: business days are
    counted, and not all days."""

    number: int
    of: Period
    is_business_day: bool

    def __str__(self) -> str:
        """As people say it.

        >>> str(Pick(number=-1, of="month", is_business_day=True))
        'last business day of each month'
        >>> str(Pick(number=3, of="quarter", is_business_day=False))
        'day 3 of each quarter'
        """
        what = "business day" if self.is_business_day else "day"
        match self.number:
            case 1:
                said = f"first {what}"
            case -1:
                said = f"last {what}"
            case number if number > 0:
                said = f"{what} {number}"
            case number:
                said = f"{what} {-number} from the end"
        return f"{said} of each {self.of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days on which runs begin.

    `weekend` has weekdays, Monday is 0; `closed` and `worked` have days by `date.toordinal`, in
    order: those off beside the weekend, and those worked in spite of a weekend or holiday.

    >>> fools = date(2026, 4, 1).toordinal()
    >>> own = Calendar(of="the shop", closed=(fools,))
    >>> own.is_due(date(2026, 4, 1)), own.is_due(date(2026, 4, 2)), own.is_due(date(2026, 4, 4))
    (False, True, False)
    >>> str(own)
    'business days of the shop'
    """

    of: str = ""
    """Whose: a country, a market, an organisation."""
    weekend: tuple[int, ...] = SATURDAY_SUNDAY
    closed: tuple[int, ...] = ()
    worked: tuple[int, ...] = ()
    pick: Pick | None = None

    def __str__(self) -> str:
        """Without the days."""
        whose = f" of {self.of}" if self.of else ""
        if self.pick is None:
            return f"business days{whose}"
        return f"{self.pick}{f', {self.of}' if self.of else ''}"

    def is_due(self, day: date) -> bool:
        """Whether runs begin on a day."""
        due, number = due_days(self, day.year), day.toordinal()
        at = bisect_left(due, number)
        return at < len(due) and due[at] == number

    def next_due(self, day: date) -> date | None:
        """The first day after another one on which runs begin; None: there is none for 15
        years."""
        for year in range(day.year, min(day.year + _MOST_YEARS, date.max.year) + 1):
            due = due_days(self, year)
            at = bisect_right(due, day.toordinal())
            if at < len(due):
                return date.fromordinal(due[at])
        return None

    def has_days_off(self) -> bool:
        """Whether some days are not business days: a calendar that counts all days has none."""
        return self.pick is None or self.pick.is_business_day

    def days_off(self, first: date, until: date) -> Iterator[Days]:
        """The stretches of days that are not business days, in order.

        >>> weekends = Calendar().days_off(date(2026, 5, 1), date(2026, 5, 11))
        >>> [f"{start} to {end}" for start, end in weekends]
        ['2026-05-02 to 2026-05-04', '2026-05-09 to 2026-05-11']
        """
        if not self.has_days_off():
            return
        start: int | None = None
        closed, worked = frozenset(self.closed), frozenset(self.worked)
        for number in range(first.toordinal(), until.toordinal()):
            if self._is_business_day(number, closed, worked):
                if start is not None:
                    yield date.fromordinal(start), date.fromordinal(number)
                start = None
            elif start is None:
                start = number
        if start is not None:
            yield date.fromordinal(start), until

    def business_days(self, days: Sequence[int]) -> Sequence[int]:
        """Those of some days, by `date.toordinal`."""
        closed, worked = frozenset(self.closed), frozenset(self.worked)
        return [one for one in days if self._is_business_day(one, closed, worked)]

    def _is_business_day(self, number: int, closed: frozenset[int], worked: frozenset[int]) -> bool:
        return number in worked or ((number + 6) % 7 not in self.weekend and number not in closed)


@lru_cache(maxsize=1024)
def due_days(calendar: Calendar, year: int) -> tuple[int, ...]:
    """The days of a year on which runs begin, by `date.toordinal`, in order."""
    days: Sequence[int] = range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
    pick = calendar.pick
    if pick is None or pick.is_business_day:
        days = calendar.business_days(days)
    if pick is None:
        return tuple(days)
    months = MONTHS_OF[pick.of]
    found = []
    for _, group in groupby(days, lambda one: (date.fromordinal(one).month - 1) // months):
        period = list(group)
        at = pick.number - 1 if pick.number > 0 else len(period) + pick.number
        if 0 <= at < len(period):
            found.append(period[at])
    return tuple(found)
