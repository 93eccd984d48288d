"""The schedule of a pipeline: cron expressions on a zone's clock, which cut time into intervals."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from medallion.schedules.calendar import Calendar  # not for the checker alone: pages read its type
from medallion.schedules.clock import UTC_NAME, clock_of, midnight, zone_of
from medallion.schedules.cron import CRON_OF_PRESET, ticks_after

_A_MOMENT = timedelta(microseconds=1)
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
"""Nobody means a tick beyond them, and a zone's arithmetic would leave the calendar."""
_FARTHEST, _FARTHEST_BY_CALENDAR = timedelta(days=366 * 50), timedelta(days=366 * 15)
_BACK = tuple(
    timedelta(minutes=minutes)
    for minutes in (2, 120, 2 * 1440, 15 * 1440, 124 * 1440, 800 * 1440, 3700 * 1440)
)
"""How far back the tick before a moment is looked for: each is a few ticks, or none."""

Interval = tuple[datetime, datetime]
"""Half open, in UTC: from one tick to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a pipeline runs: at each tick of any of its expressions, for the time since the last.

    With a calendar only the ticks of its days count. So a run's interval begins at the tick of the
    run before it, and holds the days between them on which none was. Every moment is in exactly one
    interval, however the clock is changed.

    >>> str(Schedule(crons=("@daily",))), str(Schedule(crons=("0 6 * * *",), timezone="Asia/Tokyo"))
    ('@daily', '0 6 * * * Asia/Tokyo')
    """

    crons: tuple[str, ...]
    timezone: str = UTC_NAME
    calendar: Calendar | None = None

    def __str__(self) -> str:
        zone = () if self.timezone == UTC_NAME else (self.timezone,)
        when = " ".join((", ".join(self.crons), *zone))
        return when if self.calendar is None else f"{when}, {self.calendar}"

    def ticks_after(self, moment: datetime) -> Iterator[datetime]:
        """The ticks later than a moment, in order; none beyond fifty years, and with a calendar
        beyond fifteen."""
        if moment > _LATEST:
            return
        zone, moment = zone_of(self.timezone), max(moment, _EARLIEST)
        if self.calendar is None:
            yield from self._ticks_of_all_days(moment, zone)
        else:
            yield from self._ticks_on(self.calendar, moment, zone)

    def _ticks_on(self, calendar: Calendar, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """From a day that is not one of the calendar's, straight to the next one that is."""
        at, limit = moment, moment + _FARTHEST_BY_CALENDAR
        while True:
            for tick in self._ticks_of_all_days(at, zone):
                if tick > limit:
                    return
                day = clock_of(tick, zone).date()
                if calendar.is_due(day):
                    yield tick
                    continue
                if (following := calendar.next_due(day)) is None:
                    return
                at = max(midnight(following, zone) - _A_MOMENT, tick)
                break
            else:
                return

    def _ticks_of_all_days(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        last, limit = moment, moment + _FARTHEST
        for tick in heapq.merge(*(ticks_after(one, zone, moment) for one in self.crons)):
            if tick > limit:
                return
            if tick > last:
                yield tick
                last = tick

    def next_tick(self, moment: datetime) -> datetime | None:
        """The first tick later than a moment; None: there is none within fifty years."""
        return next(self.ticks_after(moment), None)

    def last_tick(self, moment: datetime) -> datetime | None:
        """The last tick at a moment or before it; None: there is none within ten years.

        >>> days = Schedule(crons=("@daily",), timezone="Europe/Paris")
        >>> days.last_tick(datetime(2026, 3, 29, 12, tzinfo=UTC)).isoformat()
        '2026-03-28T23:00:00+00:00'
        """
        if moment < _EARLIEST:
            return None
        for back in _BACK:
            found = None
            for tick in self.ticks_after(moment - back):
                if tick > moment:
                    break
                found = tick
            if found is not None:
                return found
        return None

    def interval_at(self, moment: datetime) -> Interval | None:
        """The interval that holds a moment."""
        start = self.last_tick(moment)
        end = self.next_tick(moment)
        return None if start is None or end is None else (start, end)

    def last_whole(self, now: datetime) -> Interval | None:
        """The last interval that has ended by now."""
        end = self.last_tick(now)
        return None if end is None else self.interval_at(end - _A_MOMENT)

    def intervals_from(self, first: datetime) -> Iterator[Interval]:
        """The intervals that start at a moment or later, in order."""
        ticks = self.ticks_after(max(first, _EARLIEST) - _A_MOMENT)
        start = next(ticks, None)
        for end in ticks:
            if start is not None:
                yield start, end
            start = end

    def as_airflow_has_it(self) -> str | None:
        """The expression, where Airflow's own timetable cuts time alike: it is one, in UTC, on all
        days."""
        plain = self.timezone == UTC_NAME and self.calendar is None
        return self.crons[0] if plain and len(self.crons) == 1 else None

    def times_off(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """The stretches of time between two moments whose days are not business days, in order:
        nobody expects a run in them."""
        if self.calendar is None:
            return
        zone = zone_of(self.timezone)
        first, last = (clock_of(moment, zone).date() for moment in (start, end))
        for day, until in self.calendar.days_off(first, last + timedelta(days=1)):
            begin, finish = max(midnight(day, zone), start), min(midnight(until, zone), end)
            if begin < finish:
                yield begin, finish

    def count_time(self, start: datetime, end: datetime) -> timedelta:
        """The time between two moments without `times_off`.

        >>> nightly = Schedule(crons=("@daily",), calendar=Calendar())
        >>> friday, monday = (datetime(2026, 5, n, 6, tzinfo=UTC) for n in (1, 4))
        >>> nightly.count_time(friday, monday)
        datetime.timedelta(days=1)
        """
        off = (finish - begin for begin, finish in self.times_off(start, end))
        return end - start - sum(off, timedelta(0))


def expression_of(cron: str) -> str:
    """The five fields of a preset or an expression."""
    return CRON_OF_PRESET.get(cron, cron)
