"""What the SQL of gold tables reads, and what of it is refused. A new case is a bit of SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from medallion.spec.sql.lineage import read_query, select_with

CASES = Path(__file__).with_name("lineage")


def cases(name: str, verdict: str) -> list[tuple[str, str, str]]:
    """(case, SQL, what is expected) of a file."""
    pattern = rf"-- case: (.*?)\n(.*?)\n-- {verdict}: (.*?)\n"
    found = re.findall(pattern, (CASES / name).read_text(), re.DOTALL)
    assert len(found) == (CASES / name).read_text().count("-- case: ")
    return found


@pytest.mark.parametrize(
    ("case", "sql", "reads"), cases("accepted.sql", "reads"), ids=lambda value: value[:30]
)
def test_a_query_tells_what_it_reads(case: str, sql: str, reads: str) -> None:
    query = read_query(sql)
    assert query.problems == ()
    assert ", ".join(map(str, query.upstream)) == reads


@pytest.mark.parametrize(
    ("case", "sql", "expected"), cases("refused.sql", "refused"), ids=lambda value: value[:30]
)
def test_a_query_that_may_not_run_is_refused_with_its_place(
    case: str, sql: str, expected: str
) -> None:
    problems = read_query(sql).problems
    assert expected in [f"{p.line}:{p.column} {p.problem}" for p in problems]
    assert all(problem.remedy for problem in problems)


def test_each_table_has_its_place_where_only_a_parser_finds_it() -> None:
    query = read_query(
        "select 'gold_a.b', E'\\' gold_a.b', $$ gold_a.b $$, s.x\n"
        '/* gold_a.b /* nested */ gold_a.b */ from "silver_a"."s" as s, Gold_A . b, gold_a.b'
    )
    assert dict(zip(map(str, query.upstream), query.places, strict=True)) == {
        "gold_a.b": (2, 64),
        "silver_a.s": (2, 43),
    }


def test_a_mistake_of_grammar_has_its_place() -> None:
    (problem,) = read_query("select a\nfrom silver_a.x\nwhere and b").problems
    assert (problem.line, problem.column) == (3, 7)
    assert problem.problem == 'PostgreSQL cannot read this: syntax error at or near "and"'


def test_what_cannot_be_parsed_is_no_query() -> None:
    with pytest.raises(ValueError, match="one SELECT"):
        select_with("drop table x", {})
