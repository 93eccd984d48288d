"""Conditions of rows: what GX reads whole, and what it would drop a part of or run as code."""

from __future__ import annotations

import pytest

from medallion.checks.row_condition import condition_problem

ONE = {"type": "comparison", "column": {"name": "fee"}, "operator": ">", "parameter": 0}
NULL = {"type": "nullity", "column": {"name": "fee"}, "is_null": False}

GOOD: list[object] = [
    'col("fee") > 0',
    'col("fee")>=-1.5e3',
    'col("Été") == "Noël, 1!"',
    "col(\"fee\") != 'x'",
    'col("fee").notnull()',
    'col("day") < date("2026-01-01")',
    ONE,
    NULL,
    {**ONE, "operator": "IN", "parameter": [1, 2]},
    {"type": "and", "conditions": [ONE, NULL]},
]

WRONG: list[tuple[object, str]] = [
    ('col("fee") > 0 and col("day") > 3', "is not one condition"),
    ('col("fee") > 0; drop table x', "is not one condition"),
    ('col("fee") in (1)', "is not one condition"),
    ("fee > 0", "is not one condition"),
    ('col("a") == "it\'s"', "is not one condition"),
    ({"type": "pass_through", "pass_through_filter": "fee > 0"}, "'pass_through' is not a kind"),
    ({"type": "or", "conditions": [{"type": "pass_through"}]}, "'pass_through' is not a kind"),
    ({"fee": 0}, "is not a kind of condition"),
    ({**ONE, "more": 1}, "has the keys"),
    ({**ONE, "operator": "~"}, "is not an operator"),
    ({**ONE, "operator": "IN"}, "compares with a list"),
    ({**ONE, "column": "fee"}, "is a mapping"),
    ({"type": "and", "conditions": []}, "is a list of conditions"),
    (
        {"type": "and", "conditions": [{"type": "or", "conditions": [
            {"type": "and", "conditions": [ONE]}]}]},
        "nested too deep",
    ),
]  # fmt: skip


@pytest.mark.parametrize("condition", GOOD, ids=str)
def test_a_condition_that_gx_reads_is_one(condition: object) -> None:
    assert condition_problem(condition) is None


@pytest.mark.parametrize(("condition", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_what_gx_would_not_read_whole_is_refused(condition: object, message: str) -> None:
    problem, remedy = condition_problem(condition) or ("", "")
    assert message in problem
    assert "col(" in remedy


@pytest.mark.parametrize("condition", [text for text in GOOD if isinstance(text, str)])
def test_gxs_grammar_reads_each_row_condition(condition: str) -> None:
    from great_expectations.expectations.legacy_row_conditions import condition as grammar

    assert grammar.parse_string(condition, parse_all=True)
