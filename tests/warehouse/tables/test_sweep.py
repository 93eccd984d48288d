"""Old versions: out of the table in a moment, and dropped when no query finds them any more."""

from __future__ import annotations

import logging
from dataclasses import replace

import psycopg
import pytest
from tests.steps.publish.test_step import VIEW, published
from tests.steps.staged import READINGS, REPLACE

from medallion.errors import SetupError
from medallion.operations.pins import pin_version, unpin_version
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


def test_a_pinned_version_stays_until_it_is_unpinned(warehouse_db: str) -> None:
    keeps_two = replace(REPLACE, keep_versions=2)
    published(warehouse_db, 0, [(1, "day 0")], keeps_two)
    assert pin_version(warehouse_db, READINGS, 1, by="ada")
    assert not pin_version(warehouse_db, READINGS, 1, by="bob"), "it is already"
    for day in range(1, 4):
        published(warehouse_db, day, [(1, f"day {day}")], keeps_two)
    assert sweep._take_out(warehouse_db, READINGS, 1, LOG) is False, "pinned in the last moment"
    with psycopg.connect(warehouse_db) as connection:
        assert stored(connection) == ["readings__v1", "readings__v3", "readings__v4"]
    assert unpin_version(warehouse_db, READINGS, 1, by="ada")
    published(warehouse_db, 4, [(1, "day 4")], keeps_two)
    with psycopg.connect(warehouse_db) as connection:
        assert stored(connection) == ["readings__v4", "readings__v5"]
        said = connection.execute(
            "SELECT done_by, action, details FROM medallion.operator_actions ORDER BY action_id"
        ).fetchall()
    assert said == [("ada", "pin", {"version": 1}), ("ada", "unpin", {"version": 1})]


def test_only_what_is_kept_can_be_pinned(warehouse_db: str) -> None:
    published(warehouse_db, 0, [(1, "day 0")], REPLACE)
    with pytest.raises(SetupError, match="has no version 7; kept: 1"):
        pin_version(warehouse_db, READINGS, 7, by="ada")
