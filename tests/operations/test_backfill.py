"""What is reported of a backfill before it is started, and while it runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.steps.staged import READINGS

from medallion.errors import SetupError
from medallion.names import DagId
from medallion.operations.backfill import Progress, backfill_progress, preview_backfill
from medallion.plan.model import LandStep, Plan, PlannedTask, Settings
from medallion.run import Run
from medallion.schedules.schedule import Schedule
from medallion.sources.file.source import FileSource
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.records import TaskRecord
from medallion.warehouse.session.connection import connect

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LAND = LandStep(table=READINGS, source=FileSource(type="file", path="a.csv"))
PLAN = Plan(
    dag_id=DagId("lab", "sensors"),
    spec_path="specs/lab/sensors.yaml",
    digest="d",
    description="",
    doc="",
    settings=Settings(
        owner="lab", schedule=Schedule(crons=("@daily",)),
        asset_schedule=(), wait_for="all", start_date=FIRST,
        end_date=None, catchup=True, max_active_runs=2, retries=0,
        retry_delay=timedelta(minutes=1), pool=None, tags=(),
    ),
    tasks=tuple(
        PlannedTask(group="readings", name=name, step=LAND, upstream=())
        for name in ("land", "publish")
    ),
)  # fmt: skip


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def ended(
    connection: psycopg.Connection,
    number: int,
    *tasks: str,
    kind: str = "backfill",
    took: int = 60,
    is_backfill: bool = True,
) -> None:
    """Tasks of a day's run that have ended; one with a `!` has failed. Each takes its time."""
    start, began = day(number), day(100)
    run = Run(
        dag_id="lab.sensors", run_id=f"{kind}__{day(number + 1).isoformat()}", interval_start=start,
        interval_end=day(number + 1), spec_digest="d",
    )  # fmt: skip
    for at, task in enumerate(tasks):
        record = TaskRecord(
            task_id=f"readings.{task.strip('!')}", try_number=1, step=task,
            status="failed" if "!" in task else "success",
            started_at=began + timedelta(seconds=at * took / len(tasks)),
            finished_at=began + timedelta(seconds=(at + 1) * took / len(tasks)),
            is_backfill=is_backfill,
        )  # fmt: skip
        registry.record_task(connection, run, record)


@pytest.fixture
def opened(warehouse_db: str) -> psycopg.Connection:
    connection = connect(warehouse_db)
    registry.ensure(connection)
    return connection


def published(connection: psycopg.Connection, *days: int) -> None:
    for number in days:
        connection.execute(
            "INSERT INTO medallion.publications (layer, domain, table_name, version,"
            " physical_table, write_disposition, dag_id, run_id, data_interval_start,"
            " data_interval_end, as_of, spec_digest, rows_read, rows_published, rows_quarantined,"
            " rows_deduplicated, rows_discarded, rows_deleted, rows_total, digest, is_current,"
            " is_whole) VALUES ('silver', 'lab', 'readings', 1, 't', 'append', 'lab.sensors', 'r',"
            " %s, %s, now(), 'd', %s, %s, 0, 0, 0, 0, 0, 'd', false, false)",
            [day(number), day(number + 1), 10 + number, 10 + number],
        )


def test_the_preview_says_what_runs_beside_it(opened: psycopg.Connection) -> None:
    published(opened, 0, 1)
    ended(opened, 0, "land", "publish", kind="scheduled", took=30, is_backfill=False)
    preview = preview_backfill(opened, PLAN, day(0), day(3), now=day(7))
    assert [run.tables_published for run in preview.runs] == [1, 1, 0, 0]
    assert [run.rows_published for run in preview.runs] == [10, 11, 0, 0]
    assert preview.forecasts[0].records is None
    assert (preview.max_active_runs, preview.at_once, preview.seconds) == (2, 2, 60.0)
    # Days 4 to 6 have ended, and are not the backfill's own.
    assert preview.catchup_runs == 3
    said = " | ".join(preview.conflicts())
    assert "2 of 4 intervals were published before" in said
    assert "up to 4 may run at once" in said
    assert "3 more runs to start as soon as the DAG is not paused" in said


def test_without_catchup_nothing_comes_beside_what_the_schedule_starts(
    opened: psycopg.Connection,
) -> None:
    plan = replace(PLAN, settings=replace(PLAN.settings, catchup=False))
    preview = preview_backfill(opened, plan, day(0), day(0), at_once=1, now=day(7))
    assert (preview.catchup_runs, preview.at_once, preview.seconds) == (0, 1, None)


def test_intervals_that_the_schedule_will_never_start_are_counted(
    opened: psycopg.Connection,
) -> None:
    """Airflow continues after the latest run of the schedule and of backfills."""
    # By the registry: nothing has run, so that days 0 to 2 are due, and lie before the backfill.
    preview = preview_backfill(opened, PLAN, day(3), day(4), now=day(7))
    assert (preview.passed_over, preview.catchup_runs) == (3, 2)
    assert "3 runs of the schedule before the last one here may never" in " ".join(preview.beside())
    # By Airflow: day 2 is next.
    preview = preview_backfill(opened, PLAN, day(3), day(4), now=day(7), due_from=day(2))
    assert (preview.passed_over, preview.catchup_runs) == (1, 2)


def test_what_has_not_ended_gets_no_run(opened: psycopg.Connection) -> None:
    now = day(3) + timedelta(hours=1)
    preview = preview_backfill(opened, PLAN, day(1), day(9), now=now)
    assert [run.planned.start for run in preview.runs] == [day(1), day(2)]
    assert "intervals that have not ended yet get no run" in preview.conflicts()
    with pytest.raises(SetupError, match="and has ended"):
        preview_backfill(opened, PLAN, day(5), day(9), now=now)


def test_progress_counts_runs_and_says_when_it_will_be_over(opened: psycopg.Connection) -> None:
    days = [day(number + 1) for number in range(6)]
    assert backfill_progress(opened, PLAN, days) == Progress(
        total=6, done=0, failed=0, running=0, seconds_left=None
    )
    ended(opened, 0, "land", "publish")
    ended(opened, 1, "land", "publish", kind="scheduled")  # it was there, and is run again
    ended(opened, 2, "land!")
    ended(opened, 3, "land")  # shorter than a whole run, and no measure of one
    ended(opened, 9, "land", "publish")  # of another backfill
    progress = backfill_progress(opened, PLAN, days)
    assert (progress.done, progress.failed, progress.running, progress.waiting) == (2, 1, 1, 2)
    assert progress.share == 0.5
    # Two to start and one half through, two beside each other, a minute each.
    assert progress.seconds_left == 75.0
    for number in (2, 3, 4, 5):
        ended(opened, number, "land", "publish")
    assert backfill_progress(opened, PLAN, days).seconds_left == 0.0
