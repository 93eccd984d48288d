"""What BI tools read of freshness, in words; and the ledger of a sync."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.warehouse.registry.test_freshness import (
    DAY,
    HOUR,
    LIMITS,
    SUMS,
    SUMS_STEP,
    now,
    plan,
    publish,
)

from medallion.bi.sync.project import Job, Plans, sync_project
from medallion.errors import WarehouseUnavailable
from medallion.names import TableName
from medallion.plan.bi import BiTable
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails
from medallion.warehouse.registry import bi
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.bi import Remembered
from medallion.warehouse.registry.declared_tables import declare
from medallion.warehouse.registry.freshness import keep_freshness
from medallion.warehouse.registry.records import TaskRecord
from medallion.warehouse.session.transaction import autocommit_session


@pytest.fixture
def connection(warehouse_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(warehouse_db) as connection:
        registry.ensure(connection)
        connection.execute("CREATE SCHEMA gold_lab; CREATE TABLE gold_lab.sums (a integer)")
        connection.execute("SET TimeZone = 'Asia/Tokyo'")  # times are written in UTC
        yield connection


def fail(connection: psycopg.Connection, ago: timedelta, task: str, run_id: str) -> None:
    run = Run(dag_id="lab.sensors", run_id=run_id, interval_start=now() - DAY, interval_end=now())
    step = task.partition(".")[2].partition("_")[0]
    record = TaskRecord(
        task_id=task, try_number=1, step=step, status="failed", started_at=now() - ago,
        finished_at=now() - ago, error="patient 4711 is twice in the data",
    )  # fmt: skip
    registry.record_task(connection, run, record)


def said(connection: psycopg.Connection) -> tuple[str, str]:
    row = connection.execute("SELECT state, message FROM medallion_bi.freshness").fetchone()
    assert row is not None
    return row[0], row[1]


def at(ago: timedelta) -> str:
    return f"{now() - ago:%Y-%m-%d %H:%M} UTC"


def test_each_state_in_words(connection: psycopg.Connection) -> None:
    limited = replace(SUMS_STEP, freshness=LIMITS)
    declare(connection, plan(SUMS_STEP), "no limits")
    assert said(connection) == ("never_published", "not published yet")
    publish(connection, SUMS, 30 * HOUR, as_of=40 * HOUR)
    assert said(connection) == ("published", f"as of {at(40 * HOUR)}")
    declare(connection, plan(limited), "limits")
    since = at(30 * HOUR - (LIMITS.warn_after or HOUR))
    stale = f"stale since {since}; as of {at(40 * HOUR)}"
    assert said(connection) == ("stale", stale)
    publish(connection, SUMS, HOUR, as_of=2 * HOUR, version=2)
    due = f"{now() - HOUR + (LIMITS.warn_after or HOUR):%Y-%m-%d %H:%M} UTC"
    fresh = f"as of {at(2 * HOUR)}, next expected {due}"
    assert said(connection) == ("fresh", fresh)

    # What a run says of its failure may hold anybody's data; which step it was does not.
    fail(connection, HOUR / 2, "readings.gate_silver", "later")
    words = f"last run failed: checks of readings failed ({at(HOUR / 2)})"
    assert said(connection) == ("failed", f"{words}; {fresh}")
    publish(connection, SUMS, HOUR / 4, as_of=2 * HOUR, version=3)
    assert said(connection)[0] == "fresh"

    keep_freshness(connection)
    connection.execute(
        "UPDATE medallion.freshness_states SET state = 'stale', is_late = true, since = %s",
        [now() - HOUR],
    )
    assert said(connection)[1].startswith(f"stale since {at(HOUR)}; as of")


def test_a_role_sees_the_tables_that_it_may_read(
    connection: psycopg.Connection, warehouse_db: str
) -> None:
    declare(connection, plan(SUMS_STEP), "d")
    publish(connection, SUMS, HOUR)
    name = f"reads_{connection.info.dbname}"
    role = sql.Identifier(name)
    connection.execute(sql.SQL("CREATE ROLE {}; GRANT {} TO CURRENT_USER").format(role, role))
    try:
        assert bi.let_read_freshness(connection, name)
        assert not bi.let_read_freshness(connection, name)
        count = "SELECT count(*) FROM medallion_bi.freshness"
        connection.execute(sql.SQL("SET ROLE {}").format(role))
        assert connection.execute(count).fetchone() == (0,)
        connection.execute("RESET ROLE")
        connection.execute(
            sql.SQL("GRANT USAGE ON SCHEMA gold_lab TO {0}; GRANT SELECT ON gold_lab.sums TO {0}")
            .format(role)
        )  # fmt: skip
        connection.execute(sql.SQL("SET ROLE {}").format(role))
        assert connection.execute(count).fetchone() == (1,)
        public = "SELECT has_schema_privilege('public', 'medallion_bi', 'USAGE')"
        assert connection.execute(public).fetchone() == (False,)
    finally:
        connection.rollback()


def test_the_ledger_remembers_what_was_sent_and_what_arrived(
    connection: psycopg.Connection,
) -> None:
    one = Remembered(uuid="u", kind="chart", name="A", path="charts/a.yaml", sending={"a": 1})
    bi.begin(connection, [one])
    assert bi.read_ledger(connection) == {"u": one}
    bi.finish(connection, "u", {"a": 1}, {"a": 1, "id": 7})
    done = bi.read_ledger(connection)["u"]
    assert (done.sending, done.wanted, done.found) == (None, {"a": 1}, {"a": 1, "id": 7})
    bi.forget(connection, "u")
    assert bi.read_ledger(connection) == {}


def test_since_when_a_sync_fails_is_kept_until_one_succeeds(
    connection: psycopg.Connection,
) -> None:
    assert bi.last_sync(connection) is None
    bi.keep_failure(connection, "no answer")
    first = bi.last_sync(connection)
    bi.keep_failure(connection, "a 500")
    second = bi.last_sync(connection)
    assert first is not None
    assert second is not None
    assert (second.failing_since, second.problem) == (first.failing_since, "a 500")
    bi.keep_success(connection)
    last = bi.last_sync(connection)
    assert last is not None
    assert (last.failing_since, last.problem) == (None, "")
    assert last.succeeded_at is not None


def test_a_table_that_readers_see_has_its_publication(connection: psycopg.Connection) -> None:
    declare(connection, plan(SUMS_STEP), "d")
    publish(connection, SUMS, HOUR)
    state = bi.gold_states(connection)[TableName("gold_lab", "sums")]
    assert state.message.startswith("as of ")
    assert state.publication_id is not None


def test_one_sync_at_a_time_and_the_turn_ends_with_its_session(
    connection: psycopg.Connection, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.commit()
    bi.wait_for_turn(connection)
    connection.commit()  # the turn is the session's, not the transaction's
    bi.wait_for_turn(connection)  # who has it waits for nobody
    with psycopg.connect(warehouse_db, autocommit=True) as other:
        with monkeypatch.context() as patch:
            patch.setattr(bi, "_WAIT", "50ms")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                bi.wait_for_turn(other)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(bi.wait_for_turn, other)
            _wait_until_somebody_waits(connection)
            assert not waiting.done()
            connection.close()
            waiting.result(timeout=240)


def _wait_until_somebody_waits(connection: psycopg.Connection) -> None:
    """For an advisory lock that this session has."""
    waits = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    until = time.monotonic() + 240
    while connection.execute(waits).fetchone() == (0,):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_sync_that_gets_no_turn_is_tried_again(
    warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Superset is not asked before."""
    monkeypatch.setattr(bi, "_WAIT", "50ms")
    declared = replace(
        plan(SUMS_STEP), bi_tables=(BiTable(table=SUMS.public, description="", owner="lab"),)
    )
    job = Job(
        root=tmp_path,
        warehouse_url=warehouse_db,
        connection=lambda name: ConnectionDetails(
            conn_id=name, conn_type="postgres", host="http://nowhere", login="a", password="b"
        ),
        plans=Plans(known=(declared,)),
    )
    with autocommit_session(warehouse_db, "another sync") as other:
        bi.wait_for_turn(other)
        with pytest.raises(WarehouseUnavailable, match="keeping Superset in step"):
            sync_project(job)
