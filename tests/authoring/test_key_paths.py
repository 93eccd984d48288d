"""Where a cursor stands: `¦` marks it."""

from __future__ import annotations

import pytest

from medallion.authoring.key_paths import ITEM, KeyPath, Spot, spot_at
from medallion.authoring.schema_words import schema_of

SILVER = "datasets:\n  films:\n    silver:\n      "
SILVER_PATH = ("datasets", "films", "silver")
ID, ID_PATH = f"{SILVER}columns:\n        id: ", (*SILVER_PATH, "columns", "id")
SPEC = "specs/shop/sales.yaml"


def at(text: str) -> Spot:
    before, _, after = text.partition("¦")
    lines = (before + after).split("\n")
    return spot_at(lines, before.count("\n"), len(before.rpartition("\n")[2]))


@pytest.mark.parametrize(
    ("text", "path", "key", "is_key"),
    [
        ("¦", (), "", True),
        ("own¦er", (), "", True),
        ("own¦er: me", (), "owner", True),
        ("owner: m¦e", (), "owner", False),
        ("datasets:\n  ¦", ("datasets",), "", True),
        (f"{SILVER}primary_key: [id, ¦]", (*SILVER_PATH, "primary_key", ITEM), "", False),
        (f"{ID}{{ty¦}}", ID_PATH, "", True),
        (f"{ID}{{type: b¦}}", ID_PATH, "type", False),
        (f"{ID}{{a: [1, 2], ¦}}", ID_PATH, "", True),
        (f"{SILVER}checks:\n        - ¦", (*SILVER_PATH, "checks", ITEM), "", True),
        (f"{SILVER}checks:\n      - ¦", (*SILVER_PATH, "checks", ITEM), "", True),
        (
            f"{SILVER}checks:\n        - between: {{column: x, mi¦}}",
            (*SILVER_PATH, "checks", ITEM, "between"),
            "",
            True,
        ),
        ("a:\n  - name: x\n    value: ¦", ("a", ITEM), "value", False),
        ("a:\n  # b:\n\n  c: {'d, }': 1, e: ¦", ("a", "c"), "e", False),
        ('a: {b: "x{y", c: ¦', ("a",), "c", False),
        ("a: 1  # {b: ¦", (), "a", False),
    ],
)  # fmt: skip
def test_a_cursor_is_placed(text: str, path: KeyPath, key: str, is_key: bool) -> None:
    spot = at(text)
    assert (spot.path, spot.key, spot.is_key) == (path, key, is_key)


def test_what_stands_beside_is_known() -> None:
    assert at("a: 1\nb:\n  c: 2\n¦\nd: 3").siblings == {"a", "b", "d"}
    assert at("x: {a: 1, ¦, b: 2}").siblings == {"a", "b"}


def test_the_schema_is_walked() -> None:
    schema = schema_of(SPEC)
    assert schema is not None
    column = ("datasets", "films", "silver", "columns", "id")
    assert {"type", "from", "nullable", "clean"} <= {one.name for one in schema.keys(column)}
    assert "bigint" in schema.values((*column, "type"))
    assert "scd2" in schema.describe(("datasets", "films", "silver", "write_disposition"))
    check = ("datasets", "films", "silver", "checks", ITEM)
    assert {"between", "not_null", "expect_column_values_to_be_in_set"} <= {
        one.name for one in schema.keys(check)
    }
    assert {"column", "min_value", "on_failure"} <= {
        one.name for one in schema.keys((*check, "between"))
    }
    assert "quarantine" in schema.values((*check, "between", "on_failure"))
    assert schema.describe(("no", "such")) == "" == schema.describe(())
    assert schema_of("include/sql/shop/totals.sql") is None
