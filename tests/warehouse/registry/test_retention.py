"""What the registry keeps for ever, and what it does not."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from tests.steps.staged import APPEND, MERGE, READINGS, REPLACE, SCD2, Run, query

from medallion.operations.rollback import rollback, versions
from medallion.plan.model import PublishStep
from medallion.steps.publish import step as publish
from medallion.warehouse.registry.retention import delete_old_entries

AGE = timedelta(days=400)


def publish_days(url: str, days: int, step: PublishStep) -> None:
    for day in range(days):
        run = Run(url=url, day=day)
        run.stage([(1, "a")], unlogged=not step.write_disposition.moves_staging)
        publish.run(step, run.context())
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO medallion.gate_results (dag_id, run_id, task_id, check_id, try_number,"
            " layer, domain, table_name, check_name, expectation, kwargs, on_failure, status,"
            " publication_id) SELECT dag_id, run_id, 'readings.gate_silver', 'c', 1, layer, domain,"
            " table_name, 'not_null', 'e', '{}', 'fail', 'passed', publication_id"
            " FROM medallion.publications"
        )


def make_old(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE medallion.publications SET published_at = published_at - interval '500 days';"
            "UPDATE medallion.gate_results SET evaluated_at = evaluated_at - interval '500 days';"
            "UPDATE medallion.task_runs SET finished_at = finished_at - interval '500 days'"
        )


def tidy(url: str, *, dry_run: bool = False) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return dict(delete_old_entries(connection, READINGS, AGE, dry_run=dry_run))


def entries(url: str) -> list[int]:
    rows = query(url, "SELECT publication_id FROM medallion.publications ORDER BY 1")
    return [int(str(row[0])) for row in rows]


def test_what_is_young_stays(warehouse_db: str) -> None:
    publish_days(warehouse_db, 5, REPLACE)
    assert tidy(warehouse_db) == {}


def test_old_entries_go_and_what_a_rollback_needs_stays(warehouse_db: str) -> None:
    publish_days(warehouse_db, 6, REPLACE)
    make_old(warehouse_db)
    wanted = {
        "results of checks": 5,
        "records of tasks": 5,
        "entries of the publications ledger": 3,
    }
    assert tidy(warehouse_db, dry_run=True) == wanted
    assert len(entries(warehouse_db)) == 6
    assert tidy(warehouse_db) == wanted
    assert entries(warehouse_db) == [4, 5, 6]
    assert rollback(warehouse_db, READINGS)[READINGS].version == 5
    assert [one.version for one in versions(warehouse_db, READINGS)] == [6, 5, 4]
    # Numbers continue from the highest that ever was.
    run = Run(url=warehouse_db, day=9)
    run.stage([(1, "a")])
    assert publish.run(REPLACE, run.context()).details["version"] == 7


@pytest.mark.parametrize(("step", "left"), [(MERGE, [5]), (APPEND, [5]), (SCD2, [1, 2, 3, 4, 5])])
def test_of_a_table_that_grows_the_latest_entry_stays(
    warehouse_db: str, step: PublishStep, left: list[int]
) -> None:
    """A history needs each of its intervals: a late one is put between its neighbours."""
    publish_days(warehouse_db, 5, step)
    make_old(warehouse_db)
    tidy(warehouse_db)
    assert entries(warehouse_db) == left


def test_a_run_whose_rows_may_be_replayed_keeps_its_entry(warehouse_db: str) -> None:
    publish_days(warehouse_db, 5, APPEND)
    make_old(warehouse_db)
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            "INSERT INTO quarantine_silver_lab.readings (dag_id, run_id, data_interval_start,"
            " data_interval_end, stage, reasons, record, _load_id, _bronze_part, _bronze_record)"
            " SELECT dag_id, run_id, data_interval_start, data_interval_end, 'clean', '{x}', '{}',"
            " load_id, 0, 1 FROM medallion.publications WHERE publication_id = 2"
        )
    tidy(warehouse_db)
    assert entries(warehouse_db) == [2, 5]


def test_old_approvals_go_and_what_waits_stays(warehouse_db: str) -> None:
    publish_days(warehouse_db, 1, REPLACE)
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            "INSERT INTO medallion.approvals (dag_id, run_id, layer, domain, table_name, code,"
            " question, asked_at, decided_at) SELECT 'd', 'r', 'silver', 'lab', 'readings', 'c',"
            " '{}', now() - interval '500 days', at FROM"
            " (VALUES (now() - interval '500 days'), (now()), (NULL)) AS decided (at)"
        )
    assert tidy(warehouse_db) == {"approvals": 1}
