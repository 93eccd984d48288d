"""Figures that are kept: what happens is counted once, and retention takes nothing back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import CheckOutcome, CheckStatus, PlannedCheck
from medallion.names import Layer
from medallion.steps.publish import step as publish
from medallion.warehouse.quarantine.rejects import RejectsWriter
from medallion.warehouse.registry import deletions, landings
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.gate_records import record_outcomes
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.migrate import list_released
from medallion.warehouse.tables.staging import create_rejects

TABLE = "SELECT publications, rows_published, rows_quarantined, quarantine_open, lake_bytes"
FIGURES = f"{TABLE} FROM medallion.table_figures"
CHECKS = "SELECT on_failure, status, evaluations, latest FROM medallion.check_figures ORDER BY 1, 2"


def published(url: str, day: int, quarantined: int = 0) -> Run:
    run = Run(url=url, day=day)
    run.stage([(1, "a"), (2, "b")], quarantined=quarantined)
    context = run.context()
    if quarantined:
        rejects = READINGS.rejects(context.run_key)
        with connect(url) as connection:
            create_rejects(connection, rejects)
        with RejectsWriter(url, rejects) as writer:
            for number in range(quarantined):
                writer.add(reasons=["not a number"], record="{}", load_id=1, part=0, number=number)
    publish.run(REPLACE, context)
    return run


def outcome(on_failure: OnFailure, status: CheckStatus, check_id: str) -> CheckOutcome:
    check = PlannedCheck(
        check_id=check_id, name="x", expectation="x", kwargs={}, on_failure=on_failure
    )
    return CheckOutcome(check=check, status=status, rows_checked=1, rows_failed=0)


def judged(url: str, run: Run, *outcomes: CheckOutcome) -> None:
    with connect(url) as connection:
        record_outcomes(
            connection, run.context().run, "readings.gate_silver", 1, Layer.SILVER, READINGS,
            outcomes,
        )  # fmt: skip


def test_rows_are_counted_for_ever_and_sizes_as_they_are(warehouse_db: str) -> None:
    published(warehouse_db, 0)
    run = published(warehouse_db, 1, quarantined=1)
    assert query(warehouse_db, FIGURES) == [(2, 4, 1, 1, 2)]
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("DELETE FROM medallion.publications WHERE NOT is_current")
    with connect(warehouse_db) as connection:
        deletions.drop_run(connection, READINGS, run.context().run, "a test")
        (old,) = landings.landings_to_delete(connection, READINGS, timedelta(0))
        landings.mark(connection, old)
        landings.confirm(connection, READINGS, old, "a test")
    assert query(warehouse_db, FIGURES) == [(2, 4, 1, 0, 1)]


def test_gates_are_counted_and_the_latest_one_is_known(warehouse_db: str) -> None:
    first, second = (published(warehouse_db, day) for day in (0, 1))
    fail, warn = OnFailure.FAIL, OnFailure.WARN
    passed, failed = CheckStatus.PASSED, CheckStatus.FAILED
    judged(warehouse_db, first, outcome(fail, failed, "a"), outcome(fail, passed, "b"))
    assert query(warehouse_db, CHECKS) == [("fail", "failed", 1, 1), ("fail", "passed", 1, 1)]
    judged(warehouse_db, second, outcome(fail, passed, "a"), outcome(warn, passed, "c"))
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("DELETE FROM medallion.gate_results")
    assert query(warehouse_db, CHECKS) == [
        ("fail", "failed", 1, 0),
        ("fail", "passed", 2, 1),
        ("warn", "passed", 1, 1),
    ]


def test_tasks_are_counted_by_how_long_they_took(warehouse_db: str) -> None:
    run = published(warehouse_db, 0)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    record = registry.TaskRecord(
        task_id="readings.land", try_number=1, step="land", status="failed", started_at=began,
        finished_at=began,
    )  # fmt: skip
    with connect(warehouse_db) as connection:
        for seconds in (1, 1.5, 4, 100_000):
            after = began + timedelta(seconds=seconds)
            registry.record_task(connection, run.context().run, replace(record, finished_at=after))
    assert query(
        warehouse_db,
        "SELECT domain, status, at_most::text, tasks, seconds FROM medallion.step_figures"
        " WHERE step = 'land' ORDER BY at_most",
    ) == [
        ("lab", "failed", "1", 1, 1.0),
        ("lab", "failed", "5", 2, 5.5),
        ("lab", "failed", "Infinity", 1, 100_000.0),
    ]


def test_an_older_registry_gets_the_figures_of_what_it_has_kept(warehouse_db: str) -> None:
    """What the migration works out of the ledgers is what is kept from the beginning."""
    (migration,) = (m for m in list_released() if m.name == "figures")
    fail, passed = OnFailure.FAIL, CheckStatus.PASSED
    for day in (0, 1):
        run = published(warehouse_db, day, quarantined=day)
        judged(warehouse_db, run, outcome(fail, passed, "a"), outcome(fail, passed, "b"))
    tables = {
        "table_figures": f"{TABLE}, rows_deduplicated, rows_discarded",
        "check_figures": "SELECT *",
        "step_figures": "SELECT *",
    }
    asked = [f"{what} FROM medallion.{table} ORDER BY 1, 2, 3" for table, what in tables.items()]
    kept = [query(warehouse_db, text) for text in asked]
    assert all(kept)
    with psycopg.connect(warehouse_db) as connection:
        for table in tables:
            connection.execute(f"DROP TABLE medallion.{table}")
        connection.execute("DROP INDEX medallion.loads_kept")
        connection.execute("ALTER TABLE medallion.request_budgets DROP COLUMN per_day")
        connection.execute(migration.text)
    assert [query(warehouse_db, text) for text in asked] == kept
