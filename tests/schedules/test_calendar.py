"""Days on which runs begin, against a walk over every day; and the intervals between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest

from medallion.schedules.calendar import Calendar, Period, Pick
from medallion.schedules.clock import midnight
from medallion.schedules.schedule import Schedule

ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe")
CHANGES = {
    "Europe/Paris": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
}
"""The Sundays on which the clock is changed."""
HOLIDAYS = (date(2026, 3, 30), date(2026, 4, 3), date(2026, 5, 1), date(2026, 10, 26))
WORKED = date(2026, 3, 28)
FIRST, LAST = date(2026, 1, 1), date(2027, 1, 1)
A_DAY, A_MOMENT = timedelta(days=1), timedelta(microseconds=1)
OWN = Calendar(
    closed=tuple(day.toordinal() for day in HOLIDAYS), worked=(WORKED.toordinal(),), of="us"
)


def is_business_day(day: date) -> bool:
    return day == WORKED or (day.isoweekday() < 6 and day not in HOLIDAYS)


def until_day(until: datetime, ticks: Iterator[datetime]) -> Iterator[datetime]:
    return takewhile(lambda at: at < until, ticks)


def walk(first: date, last: date) -> list[date]:
    return [first + n * A_DAY for n in range((last - first).days)]


def test_business_days_are_the_others() -> None:
    days = [day for day in walk(FIRST, LAST) if OWN.is_due(day)]
    assert days == [day for day in walk(FIRST, LAST) if is_business_day(day)]
    for one, later in pairwise(days):
        assert OWN.next_due(one) == OWN.next_due(later - A_DAY) == later
    off = [day for span in OWN.days_off(FIRST, LAST) for day in walk(*span)]
    assert off == [day for day in walk(FIRST, LAST) if not is_business_day(day)]


PERIODS: dict[Period, Callable[[date], object]] = {
    "month": lambda day: (day.year, day.month),
    "quarter": lambda day: (day.year, (day.month - 1) // 3),
    "year": lambda day: day.year,
}


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("number", [1, 3, -1, -2, 15])
@pytest.mark.parametrize("is_business", [True, False])
def test_one_day_of_each_period(period: Period, number: int, is_business: bool) -> None:
    pick = Pick(number=number, of=period, is_business_day=is_business)
    calendar = Calendar(closed=OWN.closed, worked=OWN.worked, pick=pick)
    counted = [d for d in walk(FIRST, LAST) if is_business_day(d) or not is_business]
    groups: dict[object, list[date]] = {}
    for day in counted:
        groups.setdefault(PERIODS[period](day), []).append(day)
    wanted = [days[number - 1 if number > 0 else number] for days in groups.values()]
    assert [day for day in walk(FIRST, LAST) if calendar.is_due(day)] == wanted


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["@daily", "30 2 * * *", "*/20 * * * *", "0 7 * * 1,6"])
def test_every_moment_is_in_one_interval_where_the_clock_changes(cron: str, zone: str) -> None:
    """A weekend with a change of the clock, and a holiday after it in Paris, is in one interval."""
    schedule = Schedule(crons=(cron,), timezone=zone, calendar=OWN)
    every = Schedule(crons=(cron,), timezone=zone)
    clock = ZoneInfo(zone)
    for change in CHANGES[zone]:
        first, until = (
            midnight(change - 5 * A_DAY, clock) - A_MOMENT,
            midnight(change + 5 * A_DAY, clock),
        )
        ticks = list(until_day(until, schedule.ticks_after(first)))
        known = until_day(until, every.ticks_after(first))
        assert ticks == [at for at in known if is_business_day(at.astimezone(clock).date())]
        for start, end in list(pairwise(ticks))[::5]:
            assert schedule.last_whole(end) == (start, end)
            for moment in (start, start + (end - start) / 2, end - A_MOMENT):
                assert schedule.interval_at(moment) == (start, end)
        over = schedule.interval_at(midnight(change, clock) + timedelta(hours=12))
        assert over is not None and over[0] < midnight(change, clock) < over[1]


def test_an_hour_that_the_clock_skips_or_shows_twice_is_in_the_interval_over_it() -> None:
    """Friday to Monday, both nights of Paris: 71 and 73 hours."""
    plain = Schedule(crons=("0 7 * * *",), timezone="Europe/Paris", calendar=Calendar())
    hours = [
        (end - start) / timedelta(hours=1)
        for change in CHANGES["Europe/Paris"]
        for start, end in [plain.interval_at(datetime.combine(change, time(12), UTC)) or ()]
    ]
    assert hours == [71.0, 73.0]


def test_time_off_is_not_counted() -> None:
    schedule = Schedule(crons=("0 7 * * *",), timezone="Europe/Paris", calendar=OWN)
    paris = ZoneInfo("Europe/Paris")
    thursday, tuesday = (datetime(2026, 4, n, 7, tzinfo=paris).astimezone(UTC) for n in (2, 7))
    (off,) = schedule.times_off(thursday, tuesday)
    assert off == (midnight(date(2026, 4, 3), paris), midnight(date(2026, 4, 6), paris))
    assert schedule.count_time(thursday, tuesday) == timedelta(days=2)
    month_end = Calendar(pick=Pick(number=-1, of="month", is_business_day=False))
    counted = Schedule(crons=("@daily",), calendar=month_end)
    assert counted.count_time(thursday, tuesday) == tuesday - thursday


def test_a_schedule_that_never_meets_its_calendar_ends() -> None:
    """Sundays that are business days: it is looked for, and given up, in well under a second."""
    never = Schedule(crons=("0 7 * * 0",), calendar=Calendar())
    assert never.next_tick(datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert never.last_whole(datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_many_ticks_a_day_are_not_walked_through() -> None:
    """A tick each minute, and one day a year."""
    yearly = Calendar(pick=Pick(number=-1, of="year", is_business_day=True))
    schedule = Schedule(crons=("* * * * *",), calendar=yearly)
    found = schedule.interval_at(datetime(2026, 7, 1, tzinfo=UTC))
    assert found == (
        datetime(2025, 12, 31, 23, 59, tzinfo=UTC),
        datetime(2026, 12, 31, tzinfo=UTC),
    )


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_are_not_left(year: int) -> None:
    schedule = Schedule(crons=("@daily",), calendar=OWN)
    moment = datetime(year, 6, 1, tzinfo=UTC)
    assert (schedule.next_tick(moment) is None) == (year == 9999)
    assert OWN.next_due(date.max) is None
