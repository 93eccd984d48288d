"""Catalogue changes wait briefly, again and again, and say at the end who was in the way."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import replace

import psycopg
import pytest
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.errors import WarehouseUnavailable
from medallion.steps.publish import step as publish
from medallion.warehouse.roles import readers
from medallion.warehouse.roles.reader_roles import ensure_roles
from medallion.warehouse.session import locking

COLUMNS = "id bigint, value text, extra integer"


def published_once(url: str) -> Run:
    first = Run(url=url, day=0)
    first.stage([(1, "a")])
    publish.run(REPLACE, first.context())
    second = Run(url=url, day=1)
    second.stage([(1, "b", 2)], columns=COLUMNS)  # a new column changes the view: it needs a lock
    return second


def test_at_the_deadline_it_names_the_session_in_the_way(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_PUBLISH_LOCK_DEADLINE", "1")
    run = published_once(warehouse_db)
    with psycopg.connect(warehouse_db, application_name="a long report") as reader:
        reader.execute("SELECT * FROM silver_lab.readings")
        pid = reader.info.backend_pid
        with pytest.raises(WarehouseUnavailable, match=rf"pid {pid} \(.*, a long report\) since"):
            publish.run(REPLACE, run.context())
    assert query(warehouse_db, "SELECT id, value FROM silver_lab.readings") == [(1, "a")]


def test_other_readers_are_not_held_up_by_the_wait(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_PUBLISH_LOCK_DEADLINE", "240")
    run = published_once(warehouse_db)
    done = threading.Event()
    reads = 0
    with psycopg.connect(warehouse_db) as long_reader:
        long_reader.execute("SELECT * FROM silver_lab.readings")
        publishing = threading.Thread(
            target=lambda: (publish.run(REPLACE, run.context()), done.set())
        )
        publishing.start()
        with psycopg.connect(warehouse_db, autocommit=True) as reader:
            until = time.monotonic() + 2
            while reads <= 5 or time.monotonic() < until:
                assert reader.execute("SELECT value FROM silver_lab.readings").fetchall() == [
                    ("a",)
                ]
                reads += 1
        assert not done.is_set(), "it cannot have changed the view under a reader"
    publishing.join(300)
    assert done.is_set()
    assert query(warehouse_db, "SELECT id, value, extra FROM silver_lab.readings") == [(1, "b", 2)]
    assert str(READINGS.public) == "silver_lab.readings"


def test_two_tables_of_a_schema_may_be_granted_at_once(
    warehouse_db: str, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rights on a schema are one row of the catalogue, which PostgreSQL lets one session change
    at a time: the other would end with "tuple concurrently updated"."""
    roles = [f"reader_{secrets.token_hex(4)}" for _ in range(2)]
    with psycopg.connect(pg_url, autocommit=True) as admin:
        ensure_roles(admin, roles)
    monkeypatch.setattr(locking, "LOCK_TIMEOUT_MILLISECONDS", 300_000)
    Run(url=warehouse_db, day=0).stage([(1, "a")])
    publish.run(REPLACE, Run(url=warehouse_db, day=0).context())
    later = Run(url=warehouse_db, day=1)
    later.stage([(1, "b")])
    failures: list[Exception] = []

    def publish_later() -> None:
        try:
            publish.run(replace(REPLACE, grants=(roles[1],)), later.context())
        except Exception as error:
            failures.append(error)

    with psycopg.connect(warehouse_db) as connection:
        readers.bring_in_step(connection, READINGS, (roles[0],), ())
        other = threading.Thread(target=publish_later)
        other.start()
        while not query(warehouse_db, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            time.sleep(0.01)
    other.join(300)
    assert failures == []
    for role in roles:
        assert query(
            warehouse_db, f"SELECT has_table_privilege('{role}', 'silver_lab.readings', 'SELECT')"
        ) == [(True,)]
