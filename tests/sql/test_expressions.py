"""One expression, and nothing else, over the columns of one table."""

from __future__ import annotations

import pytest

from medallion.names import TableName
from medallion.sql.expressions import ExpressionText, read_expression
from medallion.sql.scope import UNKNOWN, Columns

SALES = TableName("gold_shop", "sales")
COLUMNS = Columns(names=("day", "shop", "amount"), own=True)


def read(text: str) -> ExpressionText:
    return read_expression(text, SALES, COLUMNS)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("sum(amount)", ("amount",)),
        ("sum(sales.amount) / nullif(count(*), 0)", ("amount",)),
        ("count(distinct shop) filter (where amount > 0)", ("shop", "amount")),
        ("percentile_cont(0.5) within group (order by amount)", ("amount",)),
        ("json_agg(shop order by day)", ("shop", "day")),
        ("JSON_ARRAYAGG(shop)", ("shop",)),
        ("100.0 * sum(amount) / sum(sum(amount)) over ()", ("amount", "amount")),
    ],
)
def test_an_aggregate_is_seen_wherever_it_stands(text: str, columns: tuple[str, ...]) -> None:
    found = read(text)
    assert found.problems == ()
    assert found.has_aggregate
    assert found.columns == tuple(dict.fromkeys(columns))


@pytest.mark.parametrize(
    "text", ["amount", "extract(year from day)", "'sum(amount)'", "greatest(amount, 0)", '"shop"']
)
def test_a_name_or_a_text_is_no_aggregate(text: str) -> None:
    assert not read(text).has_aggregate


def test_a_window_is_no_aggregate() -> None:
    found = read("sum(amount) over (order by day)")
    assert (found.has_aggregate, found.has_window) == (False, True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("amount, shop", "2 expressions"),
        ("amount as a", "ends with a name"),
        ("amount from gold_shop.other", "more than an expression"),
        ("distinct amount", "more than an expression"),
        ("amount union select 1", "more than an expression"),
        ("(select 1)", "subquery"),
        ("exists (select 1 from gold_shop.other)", "subquery"),
        ("amount; drop table x", "semicolon"),
        ("amount -- of all", "comment"),
        ("amount /* of all */", "comment"),
        ("*", "star"),
        ("sales.*", "star"),
        (" \n ", "no expression"),
        ("amount)", "cannot read"),
        ("pg_sleep(1)", "is refused"),
        (":run_id", "not known"),
    ],
)
def test_whatever_is_more_than_an_expression_is_refused(text: str, problem: str) -> None:
    found = read(text)
    assert len(found.problems) == 1
    assert problem in found.problems[0].problem


def test_a_wrong_name_has_its_place_in_the_author_s_text() -> None:
    (problem,) = read("sum(amount)\n/ sum(amuont)").problems
    assert (problem.line, problem.column) == (2, 7)
    assert "did you mean amount?" in problem.remedy


def test_columns_that_are_not_known_are_not_judged() -> None:
    assert read_expression("sum(anything)", SALES, UNKNOWN).problems == ()


@pytest.mark.parametrize("text", ["amount > 1", "shop like 'a'", "not true", "day is null", "null"])
def test_what_may_be_a_condition_is_taken_for_one(text: str) -> None:
    assert not read(text).is_no_condition


@pytest.mark.parametrize("text", ["amount + 1", "'x'", "day::date", "now()", "array[1]", "1"])
def test_what_cannot_be_a_condition_is_not(text: str) -> None:
    assert read(text).is_no_condition
