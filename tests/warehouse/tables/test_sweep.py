"""Old versions: out of the table in a moment, and dropped when no query finds them any more."""

from __future__ import annotations

import logging
from dataclasses import replace

import psycopg
from tests.steps.publish.test_step import VIEW, published
from tests.steps.staged import READINGS, REPLACE

from medallion.warehouse.tables import sweep

STORED = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'readings\\_\\_v%' ORDER BY 1"
LOG = logging.getLogger("test")


def stored(connection: psycopg.Connection) -> list[str]:
    return [row[0] for row in connection.execute(STORED).fetchall()]


def test_no_reader_waits_for_a_version_that_is_being_dropped(warehouse_db: str) -> None:
    for day in range(3):
        published(warehouse_db, day, [(1, f"day {day}")], replace(REPLACE, keep_versions=3))
    former = READINGS.version(1)
    assert sweep._take_out(warehouse_db, READINGS, 1, LOG)
    with (
        psycopg.connect(warehouse_db) as dropping,
        psycopg.connect(warehouse_db, options="-c lock_timeout=2s") as reader,
    ):
        dropping.execute(f"DROP TABLE {former}")  # not committed: its lock is held
        assert reader.execute(VIEW).fetchall() == [(1, "day 2")]
        dropping.rollback()
        assert stored(dropping) == ["readings__v1", "readings__v2", "readings__v3"]


def test_what_a_killed_try_has_left_is_dropped_by_the_next(warehouse_db: str) -> None:
    keeps_two = replace(REPLACE, keep_versions=2)
    for day in range(2):
        published(warehouse_db, day, [(1, f"day {day}")], keeps_two)
    assert sweep._take_out(warehouse_db, READINGS, 1, LOG)  # and here it is killed
    assert sweep.drop_old_versions(warehouse_db, READINGS, 2, LOG) == ()
    with psycopg.connect(warehouse_db) as connection:
        assert stored(connection) == ["readings__v2"]
        assert connection.execute(VIEW).fetchall() == [(1, "day 1")]
