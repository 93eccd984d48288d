"""Fields of a landing whose names differ only in capitals are columns of their own to a check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.steps.gate.test_landing import csv_of, jsonl_of, planned
from tests.steps.landed import context, land
from tests.steps.parquet_part import layout_of, parquet

from medallion.errors import CheckCrashed
from medallion.lake.manifest import Manifest
from medallion.records import RecordLayout
from medallion.steps.gate.landing import evaluate

NAMES = ("ID", "id", "Id")
ROWS = ((1, 1, 5), (2, 99, 5), (3, 3, None))
CASES: tuple[tuple[str, dict[str, Any], dict[str, bool]], ...] = (
    ("values_to_be_between", {"max_value": 10}, {"ID": True, "id": False, "Id": True}),
    ("values_to_not_be_null", {}, {"ID": True, "id": True, "Id": False}),
    ("values_to_be_unique", {}, {"ID": True, "id": True, "Id": False}),
    ("values_to_match_regex", {"regex": "^[0-5]$"}, {"ID": True, "id": False, "Id": True}),
    ("max_to_be_between", {"max_value": 3}, {"ID": True, "id": False, "Id": False}),
)
SMALL = 'col("id") < 2'


@pytest.fixture(params=["csv", "jsonl"])
def manifest(request: pytest.FixtureRequest, warehouse_db: str, tmp_path: Path) -> Manifest:
    if request.param == "csv":
        rows = [["" if value is None else str(value) for value in row] for row in ROWS]
        layout, part = RecordLayout(format="csv", columns=NAMES), csv_of(rows, NAMES)
    else:
        layout = RecordLayout(format="jsonl")
        part = jsonl_of([dict(zip(NAMES, row, strict=True)) for row in ROWS])
    return land(context(warehouse_db, tmp_path), layout, [part])


def test_each_is_judged_by_its_own_values(manifest: Manifest) -> None:
    asked = [
        planned(f"{name}_{column}", f"expect_column_{name}", {"column": column, **kwargs})
        for name, kwargs, _ in CASES
        for column in NAMES
    ]
    found = {one.check.check_id: one.success for one in evaluate(manifest, asked)}
    assert found == {
        f"check_{name}_{column}": verdicts[column]
        for name, _, verdicts in CASES
        for column in NAMES
    }


def test_several_in_one_check_and_in_its_condition(manifest: Manifest) -> None:
    at_most_one = {"column": "ID", "max_value": 1}
    there = {"type": "nullity", "column": {"name": "Id"}, "is_null": False}
    large = {"type": "comparison", "column": {"name": "id"}, "operator": ">", "parameter": 50}
    both = {"type": "and", "conditions": [there, large]}
    between, equal = "values_to_be_between", "pair_values_to_be_equal"
    asked = [
        planned("pair", f"expect_column_{equal}", {"column_A": "ID", "column_B": "id"}),
        planned("key", "expect_compound_columns_to_be_unique", {"column_list": ["Id", "id"]}),
        planned("text", f"expect_column_{between}", {**at_most_one, "row_condition": SMALL}),
        planned("mapping", f"expect_column_{between}", {**at_most_one, "row_condition": both}),
    ]
    found = {one.check.check_id: one for one in evaluate(manifest, asked)}
    verdicts = {name: one.success for name, one in found.items()}
    assert verdicts == {
        "check_pair": False, "check_key": True, "check_text": True, "check_mapping": False,
    }  # fmt: skip
    assert "column_" not in str(found["check_pair"].examples)


def test_an_error_names_the_field_of_the_landing(manifest: Manifest) -> None:
    asked = planned("x", "expect_column_mean_to_be_between", {"column": "Id", "max_value": "a"})
    other = planned("y", "expect_column_values_to_not_be_null", {"column": "ID"})
    with pytest.raises(CheckCrashed) as crash:
        evaluate(manifest, [asked, other])
    assert "'column': 'Id'" in crash.value.problem


def test_a_field_that_is_not_there_is_not_the_one_in_capitals(
    warehouse_db: str, tmp_path: Path
) -> None:
    layout = RecordLayout(format="csv", columns=("ID", "x"))
    part = csv_of([("1", "2"), ("3", "4")], ("ID", "x"))
    manifest = land(context(warehouse_db, tmp_path), layout, [part])
    check = planned("x", "expect_column_values_to_be_between", {"column": "id", "max_value": 9})
    same = planned("y", "expect_column_values_to_be_between", {"column": "ID", "max_value": 9})
    pair = {"column_A": "ID", "column_B": "id"}
    both = planned("z", "expect_column_pair_values_to_be_equal", pair)
    for asked in ([check], [same, check], [both]):
        with pytest.raises(CheckCrashed, match='"id" in BatchData does not exist'):
            evaluate(manifest, asked)
    assert evaluate(manifest, [same])[0].success


def test_nor_is_it_the_only_column_of_typed_records(warehouse_db: str, tmp_path: Path) -> None:
    table = pa.table({"ID": [1, 2]})
    made = context(warehouse_db, tmp_path)
    manifest = land(made, layout_of(table.schema), [parquet(table)])
    check = planned("x", "expect_column_values_to_not_be_null", {"column": "id"})
    with pytest.raises(CheckCrashed, match='"id" in BatchData does not exist'):
        evaluate(manifest, [check])
