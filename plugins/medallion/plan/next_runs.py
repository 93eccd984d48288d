"""The runs that a pipeline's schedule starts next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from medallion.plan.model import Settings
from medallion.schedules.clock import clock_of, in_words, midnight, zone_of
from medallion.schedules.schedule import Schedule

MOST_RUNS = 1000
_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRun:
    """A run that the clock will start: at `end`, for the time since `start`. In UTC.

    `left_out`: the days, by the pipeline's clock, on which its schedule comes and its calendar does
    not let it run. What they bring is in this run's interval.
    """

    start: datetime
    end: datetime
    left_out: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a pipeline runs by the clock, and from when until when."""

    schedule: Schedule
    start_date: datetime | None
    end_date: datetime | None

    @classmethod
    def of(cls, settings: Settings) -> Timing | None:
        """The timing of a plan's settings; None: no clock starts it."""
        if settings.schedule is None:
            return None
        return cls(
            schedule=settings.schedule,
            start_date=settings.start_date,
            end_date=settings.end_date,
        )

    def next_runs(self, now: datetime, most: int = 10) -> Sequence[NextRun]:
        """The runs that begin after a moment, in order.

        >>> from datetime import UTC
        >>> daily = Timing(schedule=Schedule(crons=("@daily",)), start_date=None, end_date=None)
        >>> daily.next_runs(datetime(2026, 5, 1, 12, tzinfo=UTC), 1)[0].end.isoformat()
        '2026-05-02T00:00:00+00:00'
        """
        first = self.schedule.last_tick(now) or now
        if self.start_date is not None and first < self.start_date:
            first = self.start_date
        found = islice(self._runs_from(first), min(most, MOST_RUNS))
        return list(found)

    def _runs_from(self, first: datetime) -> Iterator[NextRun]:
        for start, end in self.schedule.intervals_from(first):
            if self.end_date is not None and start >= self.end_date:
                return
            yield NextRun(start=start, end=end, left_out=tuple(self._list_left_out(start, end)))

    def _list_left_out(self, start: datetime, end: datetime) -> Iterator[date]:
        """Of business days alone: one day of a month leaves all the others out."""
        calendar, zone = self.schedule.calendar, zone_of(self.schedule.timezone)
        if calendar is None or calendar.pick is not None:
            return
        of_all_days = replace(self.schedule, calendar=None)
        first, until = (clock_of(moment, zone).date() for moment in (start, end))
        for number in range(first.toordinal() + 1, until.toordinal()):
            day = date.fromordinal(number)
            tick = of_all_days.next_tick(midnight(day, zone) - _A_MOMENT)
            if not calendar.is_due(day) and tick and clock_of(tick, zone).date() == day:
                yield day


def describe_run(run: NextRun, timezone: str) -> str:
    """A run in a line, by the pipeline's clock.

    >>> from datetime import UTC
    >>> monday = datetime(2026, 5, 4, 5, tzinfo=UTC)
    >>> run = NextRun(start=datetime(2026, 4, 30, 5, tzinfo=UTC), end=monday,
    ...               left_out=(date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3)))
    >>> describe_run(run, "Europe/Paris")
    'Mon 2026-05-04 07:00 Europe/Paris, for the time since Thu 2026-04-30 07:00; none on 1 to 3 May'
    """
    zone = zone_of(timezone)
    begins = f"{clock_of(run.end, zone):%a} {in_words(run.end, timezone)}"
    said = f"{begins}, for the time since {clock_of(run.start, zone):%a %Y-%m-%d %H:%M}"
    return f"{said}; none on {describe_days(run.left_out)}" if run.left_out else said


def describe_days(days: Sequence[date]) -> str:
    """Days in few words, those in a row as one.

    >>> describe_days([date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 8)])
    '30 April to 1 May, 8 May'
    """
    rows: list[list[date]] = []
    for day in days:
        if rows and day.toordinal() == rows[-1][-1].toordinal() + 1:
            rows[-1].append(day)
        else:
            rows.append([day])
    return ", ".join(_describe_row(row[0], row[-1]) for row in rows)


def _describe_row(first: date, last: date) -> str:
    if first == last:
        return f"{first.day} {first:%B}"
    begin = str(first.day) if first.month == last.month else f"{first.day} {first:%B}"
    return f"{begin} to {last.day} {last:%B}"
