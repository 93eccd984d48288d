"""One SELECT, read and filled in: the author's text, but for what a run knows and the semicolon."""

from __future__ import annotations

import pytest

from medallion.sql.nesting import DEEPEST, LONGEST, LONGEST_CHAIN, MOST_COMMENTS
from medallion.sql.postgres_select import read_select
from medallion.sql.postgres_tree import MOST_PROBLEMS

NAMES = ("run_id", "data_interval_start")
VALUES = {"run_id": "CAST('r' AS text)", "data_interval_start": "CAST('t' AS timestamptz)"}

SPLICED = [
    ("select :run_id", "select CAST('r' AS text)"),
    ("select:run_id", "select CAST('r' AS text)"),
    ("select ':run_id', $$:run_id$$, \":run_id\", /* :run_id */ 1 -- :run_id", None),
    ("select E'\\':run_id', U&':run_id', 'it''s :run_id'", None),
    ("select 'é', :run_id||:run_id, 1", "select 'é', CAST('r' AS text)||CAST('r' AS text), 1"),
    ("select 1 ; -- ;\n;", "select 1   -- ;\n "),
    ("; select ';'", "  select ';'"),
    ("select a[1:run_ids] from t", None),
]


@pytest.mark.parametrize(("text", "sent"), SPLICED)
def test_only_placeholders_and_semicolons_change(text: str, sent: str | None) -> None:
    found = read_select(text, NAMES)
    assert found.problems == ()
    assert found.with_values(VALUES) == (text if sent is None else sent)


NESTED = [
    ("select\n" + "(" * DEEPEST + "1" + ")" * DEEPEST, "nests brackets"),
    ("select\n" + "case when true then " * DEEPEST + "1" + " end" * DEEPEST, "nests brackets"),
    ("select\n" + "1 + " * (LONGEST_CHAIN + 1) + "1", "chains more than"),
    ("select\n" + "not " * (LONGEST_CHAIN + 1) + "true", "chains more than"),
    ("select\n1 " + "union all select 1 " * (LONGEST_CHAIN + 1), "chains more than"),
]


@pytest.mark.parametrize(("text", "message"), NESTED)
def test_what_nests_too_deep_is_refused_with_its_line(text: str, message: str) -> None:
    (problem,) = read_select(text, ()).problems
    assert message in problem.problem
    assert problem.line == 2
    assert problem.remedy


def test_what_an_author_nests_is_read() -> None:
    inner = "select 1 as n"
    for _ in range(DEEPEST - 1):
        inner = f"select n + 1 - 1 as n from ({inner}) as t"
    conditions = " or ".join(f"n = {number} + 1 and n <> -{number}" for number in range(1_000))
    assert read_select(f"{inner} where {conditions}", ()).problems == ()


def test_what_is_too_long_is_refused_before_it_is_read() -> None:
    (problem,) = read_select("select '" + "x" * LONGEST, ()).problems
    assert "100,000 are the most" in problem.problem


def test_comments_are_counted_before_they_are_read() -> None:
    (problem,) = read_select("select 1\n" + "/**/" * (MOST_COMMENTS + 1), ()).problems
    assert problem.line == 2
    assert "more than 1,000 comments" in problem.problem


def test_a_text_that_is_all_wrong_has_no_more_problems_than_one_reads() -> None:
    found = read_select(f"select {', '.join(['zzz()'] * 1_000)}", ())
    assert len(found.problems) == MOST_PROBLEMS
