"""Each state that a table can be in, as the one query finds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import psycopg
import pytest
from tests.steps.staged import READINGS, REPLACE

from medallion.names import DagId, Layer, PublishedTable
from medallion.plan.model import FreshnessLimits, Plan, PlannedTask, PublishStep, Settings
from medallion.run import Run
from medallion.schedules.calendar import Calendar
from medallion.schedules.schedule import Schedule
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.declared_tables import declare, forget, read_declared_plans
from medallion.warehouse.registry.freshness import (
    Freshness,
    TableFreshness,
    keep_freshness,
    last_evaluation,
    table_freshness,
)
from medallion.warehouse.registry.records import NewPublication

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LIMITS = FreshnessLimits(warn_after=26 * HOUR, error_after=50 * HOUR)
SUMS = PublishedTable(layer=Layer.GOLD, domain="lab", name="sums")


def now() -> datetime:
    """When the test that runs began. Limits are held to the server's clock, and this file may have
    been imported an hour before."""
    return _begun(os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0])


@lru_cache(maxsize=1)
def _begun(test: str) -> datetime:
    return datetime.now(UTC)


def plan(*steps: PublishStep, ends: datetime | None = None) -> Plan:
    settings = Settings(
        owner="lab-data",
        schedule=Schedule(crons=("@daily",)),
        asset_schedule=(),
        wait_for="all",
        start_date=None,
        end_date=ends,
        catchup=False,
        max_active_runs=1,
        retries=2,
        retry_delay=HOUR,
        pool=None,
        tags=(),
    )
    tasks = [PlannedTask(group=s.table.name, name="publish", step=s, upstream=()) for s in steps]
    return Plan(
        dag_id=DagId("lab", "sensors"),
        spec_path="specs/lab/sensors.yaml",
        digest="d",
        description="",
        doc="",
        settings=settings,
        tasks=tuple(tasks),
    )


READINGS_STEP = replace(REPLACE, freshness=LIMITS)
SUMS_STEP = replace(REPLACE, table=SUMS, freshness=FreshnessLimits(behind_after=2 * HOUR))


@pytest.fixture
def connection(warehouse_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(warehouse_db) as connection:
        registry.ensure(connection)
        yield connection


def publish(
    connection: psycopg.Connection,
    table: PublishedTable,
    ago: timedelta,
    *,
    as_of: timedelta | None = None,
    version: int = 1,
) -> None:
    """A publication some time ago, of data that end `as_of` ago."""
    end = now() - (ago if as_of is None else as_of)
    run = Run(dag_id="lab.sensors", run_id=f"r{end}", interval_start=end - DAY, interval_end=end)
    new = NewPublication(
        version=version,
        physical_table="p",
        write_disposition="merge",
        load_id=None,
        rows_read=1,
        rows_published=1,
        rows_quarantined=0,
        rows_deduplicated=0,
        rows_discarded=0,
        rows_deleted=0,
        rows_total=1,
        digest="d",
        as_of=end,
        is_current=True,
        is_whole=True,
    )
    number = registry.add_publication(connection, run, table, new)
    connection.execute(
        "UPDATE medallion.publications SET published_at = %s WHERE publication_id = %s",
        [now() - ago, number],
    )


def only(connection: psycopg.Connection) -> TableFreshness:
    (found,) = table_freshness(connection)
    return found


@pytest.mark.parametrize(
    ("ago", "state", "late"),
    [
        (25 * HOUR, Freshness.FRESH, False),
        (27 * HOUR, Freshness.STALE, True),
        (51 * HOUR, Freshness.ERROR, True),
    ],
)
def test_a_table_is_as_old_as_its_last_publication(
    connection: psycopg.Connection, ago: timedelta, state: Freshness, late: bool
) -> None:
    declare(connection, plan(READINGS_STEP), "p1")
    publish(connection, READINGS, ago)
    found = only(connection)
    assert (found.state, found.is_late) == (state, late)
    assert found.expected_by == now() - ago + 26 * HOUR
    since = {Freshness.STALE: found.expected_by, Freshness.ERROR: now() - ago + 50 * HOUR}
    assert found.since == since.get(state, now() - ago)
    if state is Freshness.ERROR:
        assert found.reason().endswith("longer ago than error_after: 50h")


def test_a_table_that_was_never_published_is_there_and_is_late_after_its_limit(
    connection: psycopg.Connection,
) -> None:
    declare(connection, plan(READINGS_STEP, SUMS_STEP), "p1")
    by_name = {one.table: one for one in table_freshness(connection)}
    assert by_name.keys() == {READINGS, SUMS}
    assert by_name[READINGS].state is Freshness.NEVER_PUBLISHED
    assert not by_name[READINGS].is_late and by_name[SUMS].expected_by is None
    connection.execute("UPDATE medallion.declared_tables SET declared_at = %s", [now() - 27 * HOUR])
    by_name = {one.table: one for one in table_freshness(connection)}
    assert (by_name[READINGS].state, by_name[READINGS].is_late) == ("never_published", True)
    assert by_name[READINGS].since == now() - HOUR
    assert "it was due by" in by_name[READINGS].reason()
    assert not by_name[SUMS].is_late


def test_a_publication_of_an_older_interval_makes_nothing_fresher(
    connection: psycopg.Connection,
) -> None:
    declare(connection, plan(READINGS_STEP), "p1")
    publish(connection, READINGS, 30 * HOUR)
    publish(connection, READINGS, HOUR, as_of=30 * DAY)
    assert only(connection).state is Freshness.STALE
    publish(connection, READINGS, HOUR, as_of=30 * HOUR)  # the same interval, read again
    assert only(connection).state is Freshness.FRESH


def test_a_rollback_to_an_old_version_makes_the_table_as_old_as_that(
    connection: psycopg.Connection,
) -> None:
    declare(connection, plan(READINGS_STEP), "p1")
    publish(connection, READINGS, 60 * HOUR, version=1)
    publish(connection, READINGS, HOUR, version=2)
    assert only(connection).state is Freshness.FRESH
    first = registry.history(connection, READINGS)[-1]
    registry.make_current(connection, READINGS, first)
    assert only(connection).state is Freshness.ERROR


def test_gold_that_is_behind_its_inputs_for_too_long_is_stale(
    connection: psycopg.Connection,
) -> None:
    step = replace(READINGS_STEP, freshness=FreshnessLimits())
    steps = plan(step, SUMS_STEP)
    declare(connection, steps, "p1")
    publish(connection, READINGS, 9 * HOUR)
    publish(connection, SUMS, 8 * HOUR)
    run = Run(dag_id="lab.sensors", run_id="r", interval_start=now(), interval_end=now())
    registry.keep_inputs(connection, run, SUMS, [READINGS.public])
    publish(connection, READINGS, HOUR)
    states = {one.table: one for one in table_freshness(connection)}
    assert states[SUMS].state is states[READINGS].state is Freshness.PUBLISHED
    assert states[SUMS].behind_since == now() - HOUR  # a run builds it in a moment
    publish(connection, READINGS, 3 * HOUR, as_of=3 * HOUR)
    sums = next(one for one in table_freshness(connection) if one.table == SUMS)
    assert (sums.state, sums.since) == (Freshness.STALE, now() - HOUR)
    assert sums.newer_inputs == ("silver_lab.readings",)
    assert sums.reason().endswith("for longer than behind_after: 2h")
    publish(connection, SUMS, timedelta(0))
    assert {one.state for one in table_freshness(connection)} == {Freshness.PUBLISHED}


def test_nothing_is_awaited_of_a_pipeline_that_has_ended(connection: psycopg.Connection) -> None:
    declare(connection, plan(READINGS_STEP, ends=now() - HOUR), "p1")
    publish(connection, READINGS, 60 * HOUR)
    assert (only(connection).is_late, only(connection).expected_by) == (False, None)


def test_states_are_kept_with_since_when_and_changes_are_noticed_once(
    connection: psycopg.Connection,
) -> None:
    assert last_evaluation(connection) is None
    declare(connection, plan(READINGS_STEP), "p1")
    publish(connection, READINGS, 27 * HOUR)
    (first,) = keep_freshness(connection)
    (second,) = keep_freshness(connection)
    assert (first.has_changed, second.has_changed) == (True, False)
    assert first.since == second.since == now() - HOUR
    assert last_evaluation(connection) is not None
    publish(connection, READINGS, timedelta(0))
    (third,) = keep_freshness(connection)
    assert (third.state, third.has_changed, third.was_late) == (Freshness.FRESH, True, True)
    forget(connection, ["lab.sensors"])
    assert keep_freshness(connection) == []
    kept = connection.execute("SELECT count(*) FROM medallion.freshness_states").fetchone()
    assert kept == (0,)


def test_a_pipeline_declares_its_tables_again_when_its_plan_changes(
    connection: psycopg.Connection,
) -> None:
    declare(connection, plan(READINGS_STEP, SUMS_STEP), "p1")
    since = connection.execute("SELECT min(declared_at) FROM medallion.declared_tables").fetchone()
    connection.commit()
    declare(connection, plan(READINGS_STEP), "p2")
    assert read_declared_plans(connection) == {"lab.sensors": "p2"}
    assert [one.table for one in table_freshness(connection)] == [READINGS]
    assert (
        since == connection.execute("SELECT declared_at FROM medallion.declared_tables").fetchone()
    )


def on_business_days(days_off: int) -> Plan:
    """A pipeline whose last days, yesterday the last of them, are off, and no other."""
    today = now().toordinal()
    closed = tuple(range(today - days_off, today))
    calendar = Calendar(weekend=(), closed=closed)
    steps = plan(
        READINGS_STEP, replace(SUMS_STEP, freshness=FreshnessLimits(behind_after=2 * HOUR))
    )
    schedule = Schedule(crons=("@daily",), calendar=calendar)
    return replace(steps, settings=replace(steps.settings, schedule=schedule))


def test_days_off_make_nothing_stale(connection: psycopg.Connection) -> None:
    """Published before a long weekend: late when 26 hours of business days have passed."""
    declare(connection, on_business_days(3), "p1")
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    published = midnight - 3 * DAY - HOUR
    publish(connection, READINGS, now() - published)
    found = {one.table: one for one in table_freshness(connection)}[READINGS]
    assert found.expected_by == midnight + 25 * HOUR
    assert (found.state, found.is_late, found.is_old) == (Freshness.FRESH, False, False)
    declare(connection, plan(READINGS_STEP), "p2")  # no calendar any more
    found = {one.table: one for one in table_freshness(connection)}[READINGS]
    assert (found.state, found.is_old) == (Freshness.ERROR, True)


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ("2026-05-01 12:00", 6, "2026-05-01 18:00"),  # all of it before the days off
        ("2026-05-01 12:00", 12, "2026-05-04 00:00"),  # to their first moment
        ("2026-05-01 12:00", 26, "2026-05-04 14:00"),
        ("2026-05-02 12:00", 26, "2026-05-05 02:00"),  # from within them
        ("2026-05-04 00:00", 26, "2026-05-05 02:00"),  # after them
        ("2026-05-01 12:00", 200, "2026-05-13 20:00"),  # over two weekends
    ],
)
def test_when_a_limit_is_passed(
    connection: psycopg.Connection, since: str, hours: int, due: str
) -> None:
    off = "{[2026-05-02 00:00+00,2026-05-04 00:00+00),[2026-05-09 00:00+00,2026-05-11 00:00+00)}"
    row = connection.execute(
        "SELECT medallion.due_at(%s::timestamptz, %s::interval, %s::tstzmultirange)",
        [f"{since}+00", f"{hours} hours", off],
    ).fetchone()
    assert row is not None and f"{row[0].astimezone(UTC):%Y-%m-%d %H:%M}" == due


def test_days_off_are_declared_again_before_they_end(connection: psycopg.Connection) -> None:
    declare(connection, on_business_days(1), "p1")
    assert read_declared_plans(connection) == {"lab.sensors": "p1"}
    connection.execute("UPDATE medallion.declared_pipelines SET days_off_until = now()")
    assert read_declared_plans(connection) == {"lab.sensors": ""}


def test_bi_readers_see_no_weekend_as_late(connection: psycopg.Connection) -> None:
    """The view says the same as the registry."""
    step = replace(READINGS_STEP, table=SUMS)
    declare(connection, replace(plan(step), settings=on_business_days(3).settings), "p1")
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    publish(connection, SUMS, now() - (midnight - 3 * DAY - HOUR))
    connection.execute("CREATE SCHEMA gold_lab")
    connection.execute("CREATE TABLE gold_lab.sums ()")
    row = connection.execute(
        "SELECT state, next_expected FROM medallion_bi.freshness WHERE table_name = 'sums'"
    ).fetchone()
    assert row == ("fresh", midnight + 25 * HOUR)
