"""The bronze gate on typed records: values as they are held, texts as the cleaning makes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from tests.steps.landed import context, land
from tests.steps.parquet_part import layout_of, parquet

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.lake.manifest import Manifest
from medallion.sources.formats import parquet_weight
from medallion.steps.gate.expectations import Evaluation
from medallion.steps.gate.landing import evaluate
from medallion.steps.parts import landing_frames, parquet_frames

TABLE = pa.table(
    {
        "id": pa.array([1, 2, None, 2**60 + 1]),
        "code": ["007", "7", "", None],
        "price": pa.array([Decimal("1.50"), Decimal("-2.25"), None, Decimal("9.99")]),
        "day": [date(2026, 1, 1), date(9999, 12, 31), None, date(1, 1, 1)],
        "at": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 4, pa.timestamp("us", "UTC")),
        "tags": [["a"], [], None, ["b", None]],
        "a.b": [True, False, True, None],
        "ID": [1, 2, 3, 4],
    }
)


@pytest.fixture
def films(warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    monkeypatch.setattr(landing_frames, "BATCH_RECORDS", 3)
    parts = [parquet(TABLE, 2), parquet(TABLE.slice(0, 0)), parquet(TABLE.slice(0, 2))]
    return land(context(warehouse_db, tmp_path), layout_of(TABLE.schema), parts)


def one(manifest: Manifest, expectation: str, **kwargs: Any) -> Evaluation:
    check = PlannedCheck(
        check_id="check",
        name=expectation,
        expectation=expectation,
        kwargs=kwargs,
        on_failure=OnFailure.FAIL,
    )
    (found,) = evaluate(manifest, [check])
    return found


@pytest.mark.parametrize(
    ("expectation", "kwargs", "failing"),
    [
        ("expect_column_values_to_not_be_null", {"column": "id"}, 1),
        ("expect_column_values_to_not_be_null", {"column": "code"}, 1),
        ("expect_column_values_to_be_between", {"column": "price", "min_value": 0}, 2),
        ("expect_column_values_to_match_regex", {"column": "code", "regex": "^0"}, 3),
        ("expect_column_values_to_match_regex", {"column": "price", "regex": r"^-?\d\.\d\d$"}, 0),
        ("expect_column_values_to_be_in_set", {"column": "id", "value_set": [1, 2]}, 1),
        ("expect_column_values_to_be_in_set", {"column": "code", "value_set": ["007", "7"]}, 1),
        (
            "expect_column_values_to_be_in_set",
            {"column": "day", "value_set": [date(2026, 1, 1)]},
            3,
        ),
        ("expect_column_values_to_match_regex", {"column": "at", "regex": r"^2026-01-01 00:"}, 0),
        ("expect_column_values_to_match_regex", {"column": "tags", "regex": r"^\["}, 0),
        ("expect_column_values_to_be_in_set", {"column": "a.b", "value_set": [True]}, 2),
        ("expect_column_values_to_be_unique", {"column": "ID"}, 4),
        ("expect_column_values_to_be_unique", {"column": "id"}, 4),
    ],
)
def test_checks_see_the_values(
    films: Manifest, expectation: str, kwargs: dict[str, Any], failing: int
) -> None:
    assert one(films, expectation, **kwargs).unexpected == failing


def test_days_are_compared_with_days(films: Manifest) -> None:
    for least in ("2026-01-01", date(2026, 1, 1)):
        found = one(films, "expect_column_values_to_be_between", column="day", min_value=least)
        assert found.unexpected == 1


def test_checks_of_the_table_see_all_rows_and_columns(films: Manifest) -> None:
    assert one(films, "expect_table_row_count_to_equal", value=6).success
    assert one(films, "expect_column_to_exist", column="a.b").success
    assert not one(films, "expect_column_to_exist", column="b").success
    assert one(films, "expect_column_max_to_be_between", column="price", max_value=9.99).success
    assert one(films, "expect_column_mean_to_be_between", column="ID", max_value=2.5).success


def test_texts_of_records_read_in_pieces_are_the_same(
    films: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = films.layout.columns
    whole = pd.concat(landing_frames.frames(films, asked, text=True), ignore_index=True)
    monkeypatch.setattr(parquet_weight, "MOST_BYTES", 1)
    monkeypatch.setattr(parquet_frames, "LONG_FRAME_BYTES", 1)
    found = list(landing_frames.frames(films, asked, text=True))
    assert len(found) == 6
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), whole)


def test_frames_of_long_texts_are_small(
    warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those side by side have the same records; small ones are not put together."""
    table = pa.table({"id": range(20), "text": ["a" * 10_000] * 20})
    manifest = land(context(warehouse_db, tmp_path), layout_of(table.schema), [parquet(table)])

    def read() -> list[pd.DataFrame]:
        found = landing_frames.read_mixed_frames(manifest, texts=["text"], others=["id"])
        return list(found)

    (whole,) = read()
    monkeypatch.setattr(parquet_weight, "MOST_BYTES", 100_000)
    monkeypatch.setattr(parquet_frames, "LONG_FRAME_BYTES", 50_000)
    found = read()
    assert len(found) == 5
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), whole)
