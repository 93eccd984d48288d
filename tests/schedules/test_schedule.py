"""The intervals of a schedule over a year, against the clock read every quarter of an hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest

from medallion.schedules.clock import midnight
from medallion.schedules.schedule import Schedule
from medallion.time_grains import TimeGrain, ceil_to, floor_to

ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe")
ODD_ZONES = ("America/Santiago", "America/Havana")
"""Where the clock is changed at midnight: the day begins at one, or has two midnights."""
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)
Shows = Callable[[datetime], bool]

CRONS: dict[str, tuple[Shows, bool]] = {
    "@daily": (lambda at: at.hour == at.minute == 0, False),
    "30 2 * * *": (lambda at: (at.hour, at.minute) == (2, 30), False),
    "15,45 1-3 * * *": (lambda at: at.hour in (1, 2, 3) and at.minute in (15, 45), False),
    "0 */2 * * *": (lambda at: at.hour % 2 == 0 and at.minute == 0, False),
    "30 * * * *": (lambda at: at.minute == 30, True),
    "0 6 * * 1-5": (lambda at: at.isoweekday() < 6 and (at.hour, at.minute) == (6, 0), False),
    "@monthly": (lambda at: at.day == 1 and at.hour == at.minute == 0, False),
}
"""Each expression with whether the clock shows it, and whether it comes in every hour."""


def read_clock(zone: ZoneInfo) -> dict[str, list[datetime]]:
    """The ticks of a year, by expression. The clock is read every quarter of an hour: it
    knows what it has shown, and what it has skipped."""
    found: dict[str, list[datetime]] = {cron: [] for cron in CRONS}
    last = latest = (FIRST - STEP).astimezone(zone).replace(tzinfo=None)
    for number in range((LAST - FIRST) // STEP):
        moment = FIRST + number * STEP
        clock = moment.astimezone(zone).replace(tzinfo=None)
        skipped = [last + n * STEP for n in range(1, (clock - last) // STEP)]
        for cron, (shows, every_hour) in CRONS.items():
            is_shown = shows(clock) and (clock > latest or every_hour)
            if is_shown or any(map(shows, skipped)):
                found[cron].append(moment)
        last, latest = clock, max(clock, latest)
    return found


@pytest.mark.parametrize("zone", [*ZONES, *ODD_ZONES])
def test_a_year_of_ticks_is_what_the_clock_shows(zone: str) -> None:
    read = read_clock(ZoneInfo(zone))
    for cron in CRONS:
        schedule = Schedule(crons=(cron,), timezone=zone)
        ticks = takewhile(lambda at: at < LAST, schedule.ticks_after(FIRST - STEP / 300))
        assert list(ticks) == read[cron], cron
    both = Schedule(crons=("30 2 * * *", "0 */2 * * *"), timezone=zone)
    ticks = takewhile(lambda at: at < LAST, both.ticks_after(FIRST - STEP / 300))
    assert list(ticks) == sorted({*read["30 2 * * *"], *read["0 */2 * * *"]})


@pytest.mark.parametrize("zone", [*ZONES, *ODD_ZONES])
@pytest.mark.parametrize("cron", ["@daily", "30 2 * * *", "*/20 * * * *"])
def test_every_moment_is_in_exactly_one_interval(cron: str, zone: str) -> None:
    """Where the clock is changed, forward and back, from before and from after."""
    schedule = Schedule(crons=(cron,), timezone=zone)
    for change in changes_of(ZoneInfo(zone)):
        first, until = change - timedelta(days=2), change + timedelta(days=2)
        found = []
        for interval in schedule.intervals_from(first):
            if interval[0] >= until:
                break
            found.append(interval)
        assert all(start < end for start, end in found)
        assert all(one[1] == later[0] for one, later in pairwise(found))
        for start, end in found[::7]:
            for moment in (start, start + (end - start) / 2, end - STEP / 300):
                assert schedule.interval_at(moment) == (start, end)
            assert schedule.last_whole(end) == (start, end)
            assert schedule.last_tick(end - STEP / 300) == start


def changes_of(zone: ZoneInfo) -> list[datetime]:
    """The hours of the year in which the zone's offset changes."""
    hours = [FIRST + timedelta(hours=n) for n in range(365 * 24 + 1)]
    return [
        later
        for one, later in pairwise(hours)
        if one.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset()
    ]


def test_days_have_the_hours_that_people_count() -> None:
    """Of the two changes of a year, in each of three zones."""
    hours = {
        zone: {
            (end - start) / timedelta(hours=1)
            for start, end in islice(
                Schedule(crons=("@daily",), timezone=zone).intervals_from(FIRST), 365
            )
        }
        for zone in ZONES
    }
    assert hours == {
        "Europe/Paris": {23.0, 24.0, 25.0},
        "America/New_York": {23.0, 24.0, 25.0},
        "Australia/Lord_Howe": {23.5, 24.0, 24.5},
    }


GRAINS: dict[TimeGrain, Callable[[date], object]] = {
    "day": lambda day: day,
    "week": lambda day: day.isocalendar()[:2],
    "month": lambda day: (day.year, day.month),
    "quarter": lambda day: (day.year, (day.month - 1) // 3),
    "year": lambda day: day.year,
}


@pytest.mark.parametrize("zone", [*ZONES, *ODD_ZONES])
@pytest.mark.parametrize("grain", GRAINS)
def test_a_whole_one_holds_the_days_of_its_zone(grain: TimeGrain, zone: str) -> None:
    clock, name = ZoneInfo(zone), GRAINS[grain]
    for change in changes_of(clock):
        for hours in range(-60, 60, 5):
            moment = change + timedelta(hours=hours, minutes=7)
            start, end = floor_to(moment, grain, zone), ceil_to(moment, grain, zone)
            assert start <= moment < end
            own = name(moment.astimezone(clock).date())
            inside = (start, end - timedelta(seconds=1))
            assert [name(at.astimezone(clock).date()) for at in inside] == [own, own]
            beside = (start - timedelta(seconds=1), end)
            assert own not in [name(at.astimezone(clock).date()) for at in beside]
            assert ceil_to(end, grain, zone) == end


@pytest.mark.parametrize("zone", ZONES)
def test_hours_cover_the_night_of_a_change(zone: str) -> None:
    """An hour that a change cuts ends at the change, and the next one begins there."""
    for change in changes_of(ZoneInfo(zone)):
        at = floor_to(change - timedelta(hours=5), "hour", zone)
        while at < change + timedelta(hours=5):
            end = ceil_to(at + timedelta(minutes=1), "hour", zone)
            assert at < end <= at + timedelta(hours=1)
            assert floor_to(end - timedelta(minutes=1), "hour", zone) == at
            assert floor_to(end, "hour", zone) == end
            at = end


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_are_not_left(year: int) -> None:
    day = date(year, 1, 1) if year == 1 else date(year, 12, 31)
    for name in ("Europe/Paris", "America/New_York"):
        schedule = Schedule(crons=("@daily",), timezone=name)
        moment = midnight(day, ZoneInfo(name))
        assert abs(moment - datetime.combine(day, time(), UTC)) < timedelta(days=1)
        assert schedule.last_tick(moment) is None or year == 9999
        assert (next(schedule.intervals_from(moment), None) is None) == (year == 9999)
