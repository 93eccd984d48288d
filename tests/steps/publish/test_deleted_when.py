"""`merge` with `deleted_when`: rows that say that their key is deleted, in any order of the days:
held against a model in Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.steps.publish.test_missing_keys import forget
from tests.steps.staged import MERGE, Run, query

from medallion.errors import DataRejected
from medallion.publish.declaration import GuardSpec
from medallion.steps.publish import step as publish

DELETED = "deleted"
NO_GUARD = GuardSpec(min_rows=0, max_shrink_percent=None)
STEP = replace(MERGE, deleted_when="gone", guard=NO_GUARD)
COLUMNS = "id bigint, value text, gone boolean"
PLAIN = "SELECT id, value FROM silver_lab.readings ORDER BY id"
KNOWN = "SELECT count(*) FROM medallion.deleted_keys"
COUNTS = (
    "SELECT rows_read, rows_published, rows_deduplicated, rows_deleted, rows_total"
    " FROM medallion.publications ORDER BY publication_id"
)
State = Mapping[int, str | None]
"""What a day says: by key a value, none, or that it is deleted."""


def publish_day(url: str, day: int, state: State, step=STEP, run_id: str = "") -> None:
    run = Run(url=url, day=day, run_id=run_id)
    rows = [
        (key, None if value == DELETED else value, True if value == DELETED else None)
        for key, value in sorted(state.items())
    ]
    run.stage(rows, columns=COLUMNS, unlogged=True)
    publish.run(step, run.context())


def test_a_deleted_key_goes_and_comes_back(warehouse_db: str) -> None:
    publish_day(warehouse_db, 0, {1: "a", 2: "a"})
    publish_day(warehouse_db, 1, {2: DELETED, 3: DELETED})
    assert query(warehouse_db, PLAIN) == [(1, "a")]
    assert query(warehouse_db, KNOWN) == [(2,)]
    publish_day(warehouse_db, 2, {2: "b"})
    assert query(warehouse_db, PLAIN) == [(1, "a"), (2, "b")]
    assert query(warehouse_db, KNOWN) == [(1,)]
    assert query(warehouse_db, COUNTS) == [(2, 2, 0, 0, 2), (2, 2, 0, 1, 1), (1, 1, 0, 0, 2)]


def test_an_earlier_day_brings_no_deleted_key_back(warehouse_db: str) -> None:
    publish_day(warehouse_db, 1, {1: DELETED})
    publish_day(warehouse_db, 0, {1: "a", 2: "a"})
    assert query(warehouse_db, PLAIN) == [(2, "a")]
    assert query(warehouse_db, COUNTS)[1] == (2, 1, 1, 0, 1)


def test_an_earlier_deletion_does_not_touch_a_later_row(warehouse_db: str) -> None:
    publish_day(warehouse_db, 1, {1: "b"})
    publish_day(warehouse_db, 0, {1: DELETED})
    assert query(warehouse_db, PLAIN) == [(1, "b")]
    assert query(warehouse_db, KNOWN) == [(0,)]
    assert query(warehouse_db, COUNTS)[1] == (1, 0, 1, 0, 1)


STATES = st.dictionaries(
    st.integers(1, 4), st.sampled_from(["a", "b", None, DELETED]), min_size=1, max_size=4
)
DAYS = st.lists(st.tuples(st.integers(0, 5), STATES), min_size=1, max_size=8)


def find_last_states(days: Sequence[tuple[int, State]]) -> list[tuple[int, str | None]]:
    """The latest day that names a key decides; of one day that ran twice, the later run."""
    known: dict[int, tuple[int, str | None]] = {}
    for day, state in days:
        for key, value in state.items():
            if key not in known or day >= known[key][0]:
                known[key] = (day, value)
    return sorted((key, value) for key, (_, value) in known.items() if value != DELETED)


@settings(max_examples=12)
@given(DAYS)
def test_any_order_of_days_ends_with_the_latest_of_each_key(
    warehouse_db: str, days: Sequence[tuple[int, State]]
) -> None:
    forget(warehouse_db)
    with psycopg.connect(warehouse_db) as connection:
        connection.execute("DELETE FROM medallion.deleted_keys")
    for number, (day, state) in enumerate(days):
        publish_day(warehouse_db, day, state, run_id=f"manual__{number}")
    assert query(warehouse_db, PLAIN) == find_last_states(days)
    counted = "SELECT bool_and(rows_read = rows_published + rows_deduplicated)"
    assert query(warehouse_db, f"{counted} FROM medallion.publications") == [(True,)]


def test_a_limit_that_the_spec_sets_holds_for_deletions(warehouse_db: str) -> None:
    limited = replace(STEP, guard=GuardSpec(min_rows=0, max_shrink_percent=50))
    publish_day(warehouse_db, 0, dict.fromkeys(range(4), "a"), limited)
    with pytest.raises(DataRejected, match=r"would shrink from 4 to 1 row \(75 %\)"):
        publish_day(warehouse_db, 1, dict.fromkeys(range(3), DELETED), limited)
    assert len(query(warehouse_db, PLAIN)) == 4
    assert query(warehouse_db, KNOWN) == [(0,)]
