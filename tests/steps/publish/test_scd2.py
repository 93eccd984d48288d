"""The history of each key, whatever order the days come in: held against a model in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from tests.steps.staged import FIRST_DAY, MERGE, READINGS, SCD2, Run, query

from medallion.errors import DataRejected, WarehouseRefused
from medallion.publish.declaration import GuardSpec
from medallion.publish.relations import identifier, parent_of
from medallion.steps.publish import step as publish
from medallion.warehouse.registry import records as registry

HISTORY_OF = (
    "SELECT id, value, _valid_from, _valid_to FROM silver_lab.readings ORDER BY id, _valid_from"
)
State = Mapping[int, str | None]
OF_ANY_SIZE = replace(SCD2, guard=GuardSpec(min_rows=0, max_shrink_percent=None))


def moment(day: int) -> datetime:
    return FIRST_DAY + timedelta(days=day + 1)


def published(url: str, day: int, state: State, step=SCD2) -> Run:
    run = Run(url=url, day=day)
    run.stage(sorted(state.items()), unlogged=True)
    publish.run(step, run.context())
    return run


def model(days: Mapping[int, State]) -> list[tuple[object, ...]]:
    """Day after day: open what is new, close what has gone or changed."""
    rows: list[list[object]] = []
    now: dict[int, list[object]] = {}
    for day, state in sorted(days.items()):
        for key in list(now):
            if key not in state or now[key][1] != state[key]:
                now.pop(key)[3] = moment(day)
        for key, value in state.items():
            if key not in now:
                now[key] = [key, value, moment(day), None]
                rows.append(now[key])
    return sorted((tuple(row) for row in rows), key=lambda row: (row[0], row[2]))


def test_states_open_and_close(warehouse_db: str) -> None:
    published(warehouse_db, 0, {1: "a", 2: "a"})
    published(warehouse_db, 1, {1: "b", 2: "a"})
    published(warehouse_db, 2, {1: "b", 3: None})
    assert query(warehouse_db, HISTORY_OF) == [
        (1, "a", moment(0), moment(1)),
        (1, "b", moment(1), None),
        (2, "a", moment(0), moment(2)),
        (3, None, moment(2), None),
    ]


def test_a_backfilled_day_splits_what_was_thought_to_hold(warehouse_db: str) -> None:
    published(warehouse_db, 0, {1: "a"})
    published(warehouse_db, 4, {1: "a"})
    published(warehouse_db, 2, {1: "b"})
    assert query(warehouse_db, HISTORY_OF) == [
        (1, "a", moment(0), moment(2)),
        (1, "b", moment(2), moment(4)),
        (1, "a", moment(4), None),
    ]
    published(warehouse_db, 2, {1: "a"})  # run again, it says otherwise
    assert query(warehouse_db, HISTORY_OF) == [(1, "a", moment(0), None)]


def test_a_state_is_where_it_was_first_seen(warehouse_db: str) -> None:
    first = published(warehouse_db, 0, {1: "a"})
    published(warehouse_db, 1, {1: "a"})
    assert query(
        warehouse_db,
        "SELECT l.run_id, r._data_interval_end FROM silver_lab.readings AS r"
        " JOIN medallion.row_lineage AS l USING (_load_id, _bronze_part)",
    ) == [(first.context().run.run_id, moment(0))]


STATES = st.dictionaries(st.integers(1, 4), st.sampled_from(["a", "b", None]), max_size=4)
DAYS = st.lists(st.tuples(st.integers(0, 5), STATES), min_size=1, max_size=7)


@settings(max_examples=25)
@given(DAYS)
def test_any_order_of_days_gives_the_history_of_days_in_order(
    warehouse_db: str, days: Sequence[tuple[int, State]]
) -> None:
    """A day that comes twice is corrected: its last run says what it was."""
    with psycopg.connect(warehouse_db) as connection:
        registry.ensure(connection)
        connection.execute("DELETE FROM medallion.publications")
        connection.execute(
            sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(identifier(parent_of(READINGS)))
        )
    for day, state in days:
        published(warehouse_db, day, state, OF_ANY_SIZE)
    assert query(warehouse_db, HISTORY_OF) == model(dict(days))


def test_a_sharply_smaller_extract_does_not_close_what_is_missing(warehouse_db: str) -> None:
    for day, value in enumerate("ab"):
        published(warehouse_db, day, dict.fromkeys(range(10), value))
    with pytest.raises(DataRejected, match=r"would shrink from 10 to 1 row \(90 %\)"):
        published(warehouse_db, 2, {1: "b"})


def test_a_history_is_not_made_of_what_had_none(warehouse_db: str) -> None:
    published(warehouse_db, 0, {1: "a"}, MERGE)
    with pytest.raises(WarehouseRefused, match="was published by merge: no history"):
        published(warehouse_db, 1, {1: "b"})


def test_a_history_is_not_given_up_unawares(warehouse_db: str) -> None:
    published(warehouse_db, 0, {1: "a"})
    with pytest.raises(WarehouseRefused, match="_valid_from: timestamp with time zone → gone"):
        published(warehouse_db, 1, {1: "b"}, MERGE)
