"""Columns that are declared once for many fields."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medallion.cleaning.declared.columns_like import ColumnsLike
from medallion.spec.models.pipeline import SilverSpec

RATE = {"type": "decimal(18,6)", "nullable": True, "null_values": ["", "N/A"]}


def test_each_field_is_a_column_after_those_that_are_written_out() -> None:
    silver = SilverSpec.model_validate(
        {
            "columns": {"day": {"from": "Date", "type": "date"}},
            "columns_like": [
                {"fields": ["USD", "JPY"], **RATE},
                {"fields": ["2025", "2026"], "prefix": "year_", "type": "bigint"},
            ],
        }
    )
    assert [(name, column.from_, column.type) for name, column in silver.columns.items()] == [
        ("day", ("Date",), "date"),
        ("usd", ("USD",), "decimal(18,6)"),
        ("jpy", ("JPY",), "decimal(18,6)"),
        ("year_2025", ("2025",), "bigint"),
        ("year_2026", ("2026",), "bigint"),
    ]
    assert silver.columns["jpy"].null_values == ("", "N/A")
    written_out = {"usd": {"from": "USD", **RATE}, "jpy": {"from": "JPY", **RATE}}
    alone = SilverSpec.model_validate({"columns_like": [{"fields": ["USD", "JPY"], **RATE}]})
    assert alone.columns == SilverSpec.model_validate({"columns": written_out}).columns


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"fields": ["€"]}, "the field '€' makes no name of a column"),
        ({"fields": ["a b", "A-B"]}, "the fields 'a b' and 'A-B' both make the column a_b"),
        ({"fields": ["a"], "from": "b"}, "from is for one column"),
        ({"fields": ["a"], "expression": "b"}, "expression is for one column"),
        ({"fields": []}, "at least 1 item"),
        ({}, "Field required"),
        ({"fields": ["a"], "prefix": "A"}, "String should match pattern"),
    ],
)
def test_what_makes_no_columns_is_refused(said: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        ColumnsLike.model_validate({"type": "text", **said})
