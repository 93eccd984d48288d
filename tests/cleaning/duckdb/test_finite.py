"""A row for which a part of an expression is infinite or not a number goes to quarantine."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.cleaning.cleaned import cleaned

from medallion.cleaning.duckdb.expressions import (
    FUNCTIONS,
    OTHER_NAMES,
    ExpressionRefused,
    read_expression,
)
from medallion.cleaning.duckdb.naming import DISCARDED, REASONS
from medallion.records import RecordLayout
from medallion.steps.parts import duckdb_engine as clean_engine

INPUTS = {
    "a": {"type": "double"},
    "b": {"type": "double"},
    "i": {"type": "bigint"},
    "j": {"type": "bigint"},
    "n": {"type": "decimal(18,2)"},
    "t": {"type": "text"},
    "l": {"type": "double[]", "delimiter": ";"},
    "d": {"type": "text"},
}
ROW = {"a": "1", "b": "1", "i": "1", "j": "1", "n": "1", "t": "1", "l": "1", "d": "2024-01-05"}
MOST = "9223372036854775807"

FAILS = [
    ("a / b", "double", {"b": "0"}),
    ("1 / (a / b)", "double", {"a": "1e308", "b": "1e-10"}),
    ("least(a / b, 1)", "double", {"b": "0"}),
    ("least(a / b, 1)", "double", {"a": "0", "b": "0"}),
    ("CASE WHEN a / b > 1 THEN a / b ELSE 0 END", "double", {"b": "0"}),
    ("nullif(a / b, 1)", "double", {"b": "0"}),
    ("coalesce(i % j, 0)", "bigint", {"j": "0"}),
    ("coalesce(i // j, 0)", "bigint", {"j": "0"}),
    ("mod(i, j)", "bigint", {"j": "0"}),
    ("greatest(n / i, 0)", "double", {"i": "0"}),
    ("concat(ln(a), 0)", "text", {"a": "0"}),
    ("concat(ln(a), 0)", "text", {"a": "-1"}),
    ("concat(log10(a), 0)", "text", {"a": "0"}),
    ("sign(sqrt(a))", "smallint", {"a": "-1"}),
    ("least(exp(a), 1)", "double", {"a": "710"}),
    ("1 / exp(a)", "double", {"a": "710"}),
    ("least(power(a, b), 1)", "double", {"a": "1e308", "b": "2"}),
    ("concat(power(a, b))", "text", {"a": "-1", "b": "0.5"}),
    ("concat(a ** b)", "text", {"a": "0", "b": "-1"}),
    ("1 / (a * b)", "double", {"a": "1e308", "b": "10"}),
    ("1 / -(a * -(b))", "double", {"a": "1e308", "b": "10"}),
    ("a - b * 10 > 0", "boolean", {"b": "1e308"}),
    ("a + a IN (1, 2)", "boolean", {"a": "1e308"}),
    ("a * b BETWEEN 0 AND 1", "boolean", {"a": "1e308", "b": "10"}),
    ("floor(a + a) > 1", "boolean", {"a": "1e308"}),
    ("list_sum(l) > 1", "boolean", {"l": "1e308;1e308"}),
    ("CAST(t AS double) > 1", "boolean", {"t": "inf"}),
    ("t::real IS NOT NULL", "boolean", {"t": "nan"}),
    ("CAST(d AS date) > DATE '2020-01-01'", "boolean", {"d": "infinity"}),
    ("d::timestamp IS NULL", "boolean", {"d": "-infinity"}),
    ("CAST(d AS date)", "date", {"d": "infinity"}),
    ("DATE '9999-12-30' + CAST(i AS integer)", "date", {"i": "2"}),
    ("coalesce(i + j, 0)", "bigint", {"i": MOST}),
    ("coalesce(i * j, 0)", "bigint", {"i": MOST, "j": "2"}),
    ("coalesce(abs(i - 2), 0)", "bigint", {"i": f"-{MOST}"}),
    ("CASE WHEN i * i > 5 THEN i * i ELSE 0 END", "bigint", {"i": MOST}),
    ("CAST(a AS bigint) IS NULL", "boolean", {"a": "1e30"}),
    ("CAST(t AS integer) IS NULL", "boolean", {"t": "x"}),
]
"""An expression, its type, and the fields with which it fails; with those of ROW it does not."""


def run(
    folder: Path, rows: list[dict[str, str]], row_filter: str | None = None, **computed: Any
) -> list[dict[str, Any]]:
    part = folder / "part.csv"
    lines = [",".join(ROW), *(",".join((ROW | row).values()) for row in rows)]
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    layout = RecordLayout(format="csv", columns=tuple(ROW))
    return cleaned(part, layout, INPUTS | computed, row_filter)


def test_a_row_on_which_a_part_fails_goes_to_quarantine_by_itself(tmp_path: Path) -> None:
    computed = {
        f"value_{number}": {"type": kind, "expression": text, "nullable": True}
        for number, (text, kind, _) in enumerate(FAILS)
    }
    good, *bad = run(tmp_path, [{}, *(failing for *_, failing in FAILS)], **computed)
    assert REASONS not in good
    for number, row in enumerate(bad):
        failed = [reason.partition(":")[0] for reason in row[REASONS]]
        assert f"value_{number}" in failed, FAILS[number]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("CASE WHEN b = 0 THEN 0 ELSE a / b END", 0),
        ("CASE WHEN b <> 0 AND a / b > 0 THEN a / b ELSE -1 END", -1),
        ("a / nullif(b, 0)", None),
        ("coalesce(a / nullif(b, 0), 7)", 7),
        ("CASE WHEN b > 0 THEN ln(b) END", None),
        ("CASE WHEN a < 100 THEN exp(a) / a ELSE b END", 0),
        ("coalesce(b, 1 / b)", 0),
    ],
)
def test_what_is_not_asked_for_does_not_fail(tmp_path: Path, text: str, wanted: object) -> None:
    value = {"type": "double", "expression": text, "nullable": True}
    failing = {"a": "800", "b": "0"}
    rows = run(tmp_path, [failing, ROW, failing], value=value, other=value)
    assert [row["value"] for row in rows] == [wanted, rows[1]["value"], wanted]


def test_two_columns_with_one_part_that_fails_have_a_verdict_a_row(tmp_path: Path) -> None:
    share = {"type": "double", "expression": "a / b"}
    more = {"type": "double", "expression": "a / b + 1"}
    good, bad = run(tmp_path, [{}, {"b": "0"}], share=share, more=more)
    assert (good["share"], good["more"]) == (1, 2)
    assert bad[REASONS] == [
        "share: cannot be computed from a, b",
        "more: cannot be computed from a, b",
    ]


@pytest.mark.parametrize(
    ("row_filter", "verdicts"),
    [
        ("a / b > 1", ["discarded", "failed"]),
        ("least(ln(b), 1) < 0", ["discarded", "failed"]),
        ("b <> 0 AND a / b > 0", ["kept", "discarded"]),
        ("b = 0 OR a / b > 0", ["kept", "kept"]),
    ],
)
def test_a_filter_that_fails_says_nothing_of_the_row(
    tmp_path: Path, row_filter: str, verdicts: list[str]
) -> None:
    rows = run(tmp_path, [{}, {"b": "0"}], row_filter)
    found = [
        "failed" if REASONS in row else "discarded" if row[DISCARDED] else "kept" for row in rows
    ]
    assert found == verdicts
    for row in rows:
        assert row.get(REASONS, ["filter: cannot be computed"]) == ["filter: cannot be computed"]


EXTREMES = (0.0, -1.0, 0.5, 1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 710.0)
CALLS = [
    *(f"{name}({arguments})" for name in (*FUNCTIONS, *OTHER_NAMES) for arguments in ("x", "x, y")),
    *(f"x {operator} y" for operator in (*"+-*/%", "//", "**")),
]


def test_no_function_gives_what_is_not_finite_of_what_is(tmp_path: Path) -> None:
    """Whatever is added to the list of functions: it raises, or `finite` knows it."""
    seen = 0
    with clean_engine.engine(tmp_path, tmp_path, {}) as engine:
        engine.execute("CREATE TABLE one AS SELECT unnest(?::double[]) AS _value_x", [EXTREMES])
        engine.execute(
            "CREATE TABLE two AS SELECT a._value_x, b._value_x AS _value_y FROM one AS a, one AS b"
        )
        for call in CALLS:
            try:
                checked = read_expression(f"nullif({call}, 0.123)", "xy").over_values()
                value = checked.sql(dialect="duckdb")
                query = f"SELECT _value_x, _value_y, TRY({{'v': {value}}}) FROM two"
                found = engine.execute(query).fetchall()
            except (ExpressionRefused, duckdb.Error):
                continue
            seen += 1
            for x, y, value in found:
                if value and isinstance(value["v"], float):
                    assert math.isfinite(value["v"]), (call, x, y)
    assert seen > 20
