"""Gold that grows by the days of a zone, over both changes of its clock: each row is there once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import psycopg
import pytest
from tests.steps.test_incremental import BY_DAY, Gold, Readings

from medallion.errors import WarehouseRefused
from medallion.publish.by_time import BY_TIME
from medallion.publish.window import Increment
from medallion.schedules.clock import midnight
from medallion.schedules.schedule import Schedule
from medallion.steps.run import run_step

CHANGES = {
    ("Europe/Paris", "2026-03-29"): 46,
    ("Europe/Paris", "2026-10-25"): 50,
    ("America/New_York", "2026-03-08"): 46,
    ("America/New_York", "2026-11-01"): 50,
    ("Australia/Lord_Howe", "2026-10-04"): 47,
    ("Australia/Lord_Howe", "2026-04-05"): 49,
}
"""Each day on which a clock is changed, with the half hours that it has."""
EACH_HOUR = """\
select date_trunc('hour', at) as hour, count(*) as readings from silver_lab.readings
where at >= :data_interval_start and at < :data_interval_end group by 1"""
ON_THE_CLOCK = EACH_HOUR.replace("date_trunc('hour', at)", "date_trunc('hour', at)::timestamp")


@pytest.fixture
def readings(warehouse_db: str) -> Readings:
    return Readings(warehouse_db)


def fill(readings: Readings, first: datetime, last: datetime, known: int = 0) -> None:
    """One reading each half hour. `known`: as many are there already."""
    with psycopg.connect(readings.url) as connection:
        connection.execute(
            "INSERT INTO store_silver_lab.readings__v1"
            " (id, sensor, at, n, _load_id, _bronze_part, _bronze_record, _data_interval_end,"
            " _version) SELECT %s + row_number() OVER (), 's', at, 1, 1, 0, 0, now(), 1"
            " FROM generate_series(%s::timestamptz, %s, '30 minutes') AS at",
            [known, first, last - timedelta(seconds=1)],
        )


def run(gold: Gold, start: datetime, end: datetime) -> None:
    """The tasks of one interval."""
    done = []
    for task in gold.tasks():
        context = gold.context(0, task.task_id)
        value = replace(
            context.run,
            run_id=f"scheduled__{start:%Y-%m-%dT%H%M}",
            interval_start=start,
            interval_end=end,
            timezone=gold.increment.timezone,
        )
        run_step(task.step, replace(context, run=value), tuple(done))
        done.append(task)


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_a_day_has_the_rows_of_its_hours(zone: str, day: str, readings: Readings) -> None:
    clock, changed = ZoneInfo(zone), datetime.fromisoformat(day).date()
    days = [changed + timedelta(days=n) for n in (-1, 0, 1)]
    first, last = midnight(days[0], clock), midnight(days[2] + timedelta(days=1), clock)
    fill(readings, first - timedelta(days=1), last + timedelta(days=1))
    how = Increment(disposition=BY_TIME, time_column="day", begin=first, timezone=zone)
    gold = Gold(url=readings.url, increment=how, text=BY_DAY)
    found = Schedule(crons=("@daily",), timezone=zone).intervals_from(first)
    intervals = list(takewhile(lambda one: one[0] < last, found))
    for start, end in (*intervals, intervals[1]):
        run(gold, start, end)
    counts = [48, CHANGES[zone, day], 48]
    assert [(row[0], row[1]) for row in gold.rows()] == list(zip(days, counts, strict=True))


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_a_lookback_of_days_begins_with_a_day(zone: str, day: str, readings: Readings) -> None:
    """Its window is two whole days of the clock, of 46 to 50 hours. Late rows of the first of them
    are in, and none of its other rows is lost."""
    clock, changed = ZoneInfo(zone), datetime.fromisoformat(day).date()
    first = midnight(changed - timedelta(days=2), clock)
    last = midnight(changed + timedelta(days=4), clock)
    fill(readings, first, last)
    how = Increment(
        disposition=BY_TIME, time_column="day", begin=first, timezone=zone,
        lookback=timedelta(days=2),
    )  # fmt: skip
    gold = Gold(url=readings.url, increment=how, text=BY_DAY)
    found = Schedule(crons=("@daily",), timezone=zone).intervals_from(first)
    for number, (start, end) in enumerate(takewhile(lambda one: one[0] < last, found)):
        run(gold, start, end)
        late = midnight(start.astimezone(clock).date() - timedelta(days=1), clock)
        fill(readings, late, late + timedelta(minutes=30), 1000 + number)
    days = [changed + timedelta(days=n) for n in range(-2, 4)]
    counts = [CHANGES[zone, day] if one == changed else 48 for one in days]
    # The last day's and the one's before it are late for runs that are still to come.
    late_by_now = [1, 1, 1, 1, 0, 0]
    wanted = [n + more for n, more in zip(counts, late_by_now, strict=True)]
    assert [(row[0], row[1]) for row in gold.rows()] == list(zip(days, wanted, strict=True))


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_each_hour_is_there_once(zone: str, day: str, readings: Readings) -> None:
    """By a schedule of every hour: the night's second hour is one of its own. Where the clock is
    changed by half an hour, an hour of the night is no hour of UTC, and halves are counted."""
    clock = ZoneInfo(zone)
    step = timedelta(minutes=60 if CHANGES[zone, day] % 2 == 0 else 30)
    each = f"date_bin('{step.seconds} seconds', at, '2026-01-01 00:00Z')"
    first = midnight(datetime.fromisoformat(day).date(), clock)
    last = first + timedelta(hours=5)
    fill(readings, first, last)
    how = Increment(disposition=BY_TIME, time_column="hour", begin=first, timezone=zone)
    text = EACH_HOUR.replace("date_trunc('hour', at)", each)
    gold = Gold(url=readings.url, increment=how, text=text, key=("hour",))
    found = Schedule(crons=("0 * * * *",), timezone=zone).intervals_from(first)
    hours = list(takewhile(lambda one: one[1] <= last, found))
    for start, end in hours:
        run(gold, start, end)
    wanted = [first + number * step for number in range((hours[-1][1] - first) // step)]
    assert [row[:2] for row in gold.rows()] == [(at, step.seconds // 1800) for at in wanted]


def test_a_time_without_a_zone_cannot_tell_the_two_hours(readings: Readings) -> None:
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    fill(readings, first, first + timedelta(hours=2))
    how = Increment(disposition=BY_TIME, time_column="hour", begin=first, timezone="Europe/Paris")
    gold = Gold(url=readings.url, increment=how, text=ON_THE_CLOCK, key=("hour",))
    with pytest.raises(WarehouseRefused, match="2026-10-25 02:00, which the clock of Europe/Paris"):
        run(gold, first, first + timedelta(hours=1))


def test_in_another_zone_all_of_the_table_is_built_again(readings: Readings) -> None:
    """Its days are others: rows of both zones would not be of one kind."""
    paris = ZoneInfo("Europe/Paris")
    first = midnight(datetime(2026, 3, 28, tzinfo=UTC).date(), paris)
    fill(readings, first - timedelta(days=2), first + timedelta(days=5))
    start = datetime(2026, 3, 28, tzinfo=UTC)
    how = Increment(disposition=BY_TIME, time_column="day", begin=start)
    run(Gold(url=readings.url, increment=how), start, start + timedelta(days=1))
    zoned = Gold(url=readings.url, increment=replace(how, begin=first, timezone="Europe/Paris"))
    run(zoned, first, midnight(datetime(2026, 3, 30, tzinfo=UTC).date(), paris))
    assert [row[1] for row in zoned.rows()] == [48, 46]
