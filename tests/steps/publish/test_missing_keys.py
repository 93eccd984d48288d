"""`merge` with `missing_keys`: what a whole extract no longer has is gone, whatever order the days
come in: held against a model in Python.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from tests.steps.staged import FIRST_DAY, MERGE, READINGS, Run, query

from medallion.errors import DataRejected
from medallion.publish.declaration import GuardSpec, MissingKeys
from medallion.publish.relations import identifier, parent_of
from medallion.steps.publish import step as publish
from medallion.warehouse.quarantine.rejects import RejectsWriter
from medallion.warehouse.registry import records as registry
from medallion.warehouse.tables.staging import create_rejects

NO_GUARD = GuardSpec(min_rows=0, max_shrink_percent=None)
SOFT = replace(MERGE, missing_keys=MissingKeys.SOFT_DELETE, guard=NO_GUARD)
HARD = replace(MERGE, missing_keys=MissingKeys.HARD_DELETE, guard=NO_GUARD)
MARKED = "SELECT id, value, _deleted_at FROM silver_lab.readings ORDER BY id"
PLAIN = "SELECT id, value FROM silver_lab.readings ORDER BY id"
State = Mapping[int, str | None]


def moment(day: int) -> datetime:
    return FIRST_DAY + timedelta(days=day + 1)


def published(url: str, day: int, state: State, step=SOFT) -> Run:
    run = Run(url=url, day=day)
    run.stage(sorted(state.items()), unlogged=True)
    publish.run(step, run.context())
    return run


def test_a_row_that_is_gone_is_marked_and_comes_back(warehouse_db: str) -> None:
    published(warehouse_db, 0, {1: "a", 2: "a"})
    published(warehouse_db, 1, {1: "b"})
    published(warehouse_db, 2, {1: "b"})
    assert query(warehouse_db, MARKED) == [(1, "b", None), (2, "a", moment(1))]
    published(warehouse_db, 3, {1: "b", 2: "c"})
    assert query(warehouse_db, MARKED) == [(1, "b", None), (2, "c", None)]
    assert query(
        warehouse_db,
        "SELECT rows_published, rows_deleted, is_whole FROM medallion.publications"
        " ORDER BY publication_id",
    ) == [(2, 0, True), (1, 1, True), (1, 0, True), (2, 0, True)]


def test_a_row_that_is_gone_is_removed(warehouse_db: str) -> None:
    published(warehouse_db, 0, {1: "a", 2: "a"}, HARD)
    published(warehouse_db, 1, {1: "b"}, HARD)
    assert query(warehouse_db, PLAIN) == [(1, "b")]


def test_a_backfilled_day_brings_no_deleted_row_back(warehouse_db: str) -> None:
    for step, wanted in ((HARD, [(1, "b")]), (SOFT, [(1, "b")])):
        published(warehouse_db, 1, {1: "b"}, step)
        published(warehouse_db, 0, {1: "a", 2: "a"}, step)
        assert query(warehouse_db, PLAIN)[:1] == wanted
    assert query(warehouse_db, MARKED) == [(1, "b", None), (2, "a", moment(1))]


STATES = st.dictionaries(st.integers(1, 4), st.sampled_from(["a", "b", None]), max_size=4)
DAYS = st.lists(
    st.tuples(st.integers(0, 5), STATES), min_size=1, max_size=7, unique_by=lambda d: d[0]
)


def model(days: Mapping[int, State]) -> list[tuple[object, ...]]:
    """Day after day: what is there is as it says, what is not is gone since the first such day."""
    rows: dict[int, list[object]] = {}
    for day, state in sorted(days.items()):
        for key, row in rows.items():
            if key not in state and row[2] is None:
                row[2] = moment(day)
        rows |= {key: [key, value, None] for key, value in state.items()}
    return sorted(tuple(row) for row in rows.values())


@settings(max_examples=25)
@given(DAYS, st.sampled_from([SOFT, HARD]))
def test_any_order_of_days_ends_as_the_days_in_order(
    warehouse_db: str, days: Sequence[tuple[int, State]], step
) -> None:
    forget(warehouse_db)
    for day, state in days:
        published(warehouse_db, day, state, step)
    expected = model(dict(days))
    if step is SOFT:
        assert query(warehouse_db, MARKED) == expected
    else:
        alive = [(key, value) for key, value, deleted in expected if deleted is None]
        assert query(warehouse_db, PLAIN) == alive


def forget(url: str) -> None:
    with psycopg.connect(url) as connection:
        registry.ensure(connection)
        connection.execute("DELETE FROM medallion.publications")
        connection.execute(
            sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(identifier(parent_of(READINGS)))
        )


def set_aside(run: Run, stage: str, record: str) -> None:
    """A record of the run that did not make it to the staging table."""
    rejects = READINGS.rejects(run.context().run_key)
    with psycopg.connect(run.url) as connection:
        create_rejects(connection, rejects)
    with RejectsWriter(run.url, rejects) as writer:
        writer.add(reasons=["no"], record=record, load_id=1, part=0, number=9)
    with psycopg.connect(run.url) as connection:
        connection.execute(
            sql.SQL("UPDATE {} SET stage = {}").format(identifier(rejects), sql.Literal(stage))
        )


@pytest.mark.parametrize("step", [SOFT, HARD], ids=lambda step: step.missing_keys)
def test_a_row_that_failed_a_check_is_not_missing(warehouse_db: str, step) -> None:
    published(warehouse_db, 0, {1: "a", 2: "a", 3: "a"}, step)
    run = Run(url=warehouse_db, day=1)
    run.stage([(1, "b")], unlogged=True, quarantined=1)
    set_aside(run, "gate", '{"id": 2, "value": "too hot"}')
    publish.run(step, run.context())
    rows = query(warehouse_db, PLAIN if step is HARD else f"{MARKED}")
    kept = [row[0] for row in rows if len(row) == 2 or row[2] is None]
    assert kept == [1, 2]


@pytest.mark.parametrize("step", [SOFT, HARD], ids=lambda step: step.missing_keys)
def test_records_without_a_known_key_forbid_deletions(
    warehouse_db: str, step, caplog: pytest.LogCaptureFixture
) -> None:
    published(warehouse_db, 0, {1: "a", 2: "a"}, step)
    run = Run(url=warehouse_db, day=1)
    run.stage([(1, "b")], unlogged=True, quarantined=1)
    set_aside(run, "clean", '{"id": "II"}')
    with caplog.at_level(logging.WARNING):
        publish.run(step, run.context())
    assert query(warehouse_db, PLAIN) == [(1, "b"), (2, "a")]
    assert "no row is deleted by this run" in caplog.text
    published(warehouse_db, 2, {1: "c"}, step)
    alive = "SELECT count(*) FROM silver_lab.readings" + (
        " WHERE _deleted_at IS NULL" if step is SOFT else ""
    )
    assert query(warehouse_db, alive) == [(1,)]


def test_a_sharply_smaller_extract_deletes_nothing(warehouse_db: str) -> None:
    guarded = replace(SOFT, guard=GuardSpec())
    published(warehouse_db, 0, dict.fromkeys(range(10), "a"), guarded)
    with pytest.raises(DataRejected, match=r"would shrink from 10 to 1 row \(90 %\)"):
        published(warehouse_db, 1, {1: "b"}, guarded)
    assert query(warehouse_db, MARKED)[1] == (1, "a", None)


def test_keys_may_begin_to_be_held_against_extracts_later(warehouse_db: str) -> None:
    published(warehouse_db, 0, {1: "a", 2: "a"}, MERGE)
    published(warehouse_db, 1, {1: "b"}, MERGE)
    assert query(warehouse_db, PLAIN) == [(1, "b"), (2, "a")]
    published(warehouse_db, 2, {1: "b"}, SOFT)
    assert query(warehouse_db, MARKED) == [(1, "b", None), (2, "a", moment(2))]
    published(warehouse_db, 3, {1: "c"}, MERGE)  # and be left alone again
    assert query(warehouse_db, MARKED) == [(1, "c", None), (2, "a", moment(2))]
