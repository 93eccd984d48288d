"""Catalogue changes wait briefly, again and again, and say at the end who was in the way."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from staged import READINGS, REPLACE, Run, query

from medallion.errors import WarehouseUnavailable
from medallion.steps import publish

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
    monkeypatch.setenv("MEDALLION_PUBLISH_LOCK_DEADLINE", "30")
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
            while time.monotonic() < until:
                assert reader.execute("SELECT value FROM silver_lab.readings").fetchall() == [
                    ("a",)
                ]
                reads += 1
        assert not done.is_set(), "it cannot have changed the view under a reader"
    publishing.join(30)
    assert done.is_set()
    assert reads > 5
    assert query(warehouse_db, "SELECT id, value, extra FROM silver_lab.readings") == [(1, "b", 2)]
    assert str(READINGS.public) == "silver_lab.readings"
