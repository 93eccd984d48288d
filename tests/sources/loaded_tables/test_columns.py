"""Which rows a tool's own columns mark, whatever type a database holds them in."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest

from medallion.sources.loaded_tables.columns import (
    LoadedColumns,
    Sieve,
    has_ended,
    is_empty,
    is_false,
    is_filled,
    is_true,
    sift,
)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, False, None]),
        pa.array([1, 0, None], pa.int8()),
        pa.array([1, 0, None], pa.int64()),
        pa.array([1.0, 0.0, None], pa.float64()),
        pa.array(["true", "FALSE", None]),
        pa.array(["T", "", None]),
        pa.array(["Y", "n", None], pa.large_string()),
        pa.array([1, 0, None], pa.decimal128(1, 0)),
    ],
    ids=lambda one: str(one.type),
)
def test_a_flag_is_set_in_any_type_and_null_is_not(values: Any) -> None:
    assert is_true(values).to_pylist() == [True, False, False]
    assert is_false(values).to_pylist() == [False, True, True]


@pytest.mark.parametrize(
    "values", [pa.array([b"x", None]), pa.array(["x", None]), pa.array(["x", ""]),
               pa.array([0, None]), pa.nulls(2)]
)  # fmt: skip
def test_what_is_filled_is_not_empty(values: Any) -> None:
    filled = [] if pa.types.is_null(values.type) else [True, False]
    assert is_filled(values).to_pylist() == (filled or [False, False])
    assert is_empty(values).to_pylist() == [not one for one in filled or [False, False]]


@pytest.mark.parametrize(
    "kind", [pa.timestamp("us", tz="UTC"), pa.timestamp("ms"), pa.string(), pa.date32()]
)
def test_a_state_has_ended_unless_its_end_is_missing_or_in_the_year_9999(kind: Any) -> None:
    texts = pa.array(["2026-01-01", "9999-12-31", None])
    ends = texts if pa.types.is_string(kind) else texts.cast(pa.date32()).cast(kind)
    assert has_ended(ends).to_pylist() == [True, False, False]


def test_a_row_that_two_sieves_mark_is_counted_once() -> None:
    batch = pa.RecordBatch.from_pydict({"gone": [True, True, False], "old": ["x", None, None]})
    sieves = [
        Sieve(note="deleted", column="gone", marks=is_true),
        Sieve(note="former", column="old", marks=is_filled),
    ]
    found: Counter[str] = Counter()
    (kept,) = sift([batch], sieves, found)
    assert kept.num_rows == 1
    assert found == {"deleted": 2}


def test_a_name_as_it_is_comes_before_one_in_other_letters() -> None:
    columns = LoadedColumns(("_DLT_ID", "_dlt_id"))
    assert columns.find("_dlt_id") == "_dlt_id"
    assert columns.lack(["_dlt_id", "_dlt_load_id"]) == ["_dlt_load_id"]
