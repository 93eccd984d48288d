"""The SQL of a check: read by the rules of gold's, and prepared so that GX leaves it as it is."""

from __future__ import annotations

import pytest

from medallion.checks.row_query import query_for_gx, query_problems

FORMS = [
    ("select 1 from {batch}", "select 1 from {batch}"),
    ("select 1 from {batch} as b", "select 1 from (SELECT * FROM {batch}) as b"),
    ("select '{}', '{batch}' from {batch}", "select '{{}}', '{{batch}}' from {batch}"),
    ("select ' :a', b::int from {batch}", r"select ' \:a', b::int from {batch}"),
    (r"select '\:a' from {batch}", r"select '\\:a' from {batch}"),
    ("select 1 from {batch}; -- done;\n", "select 1 from {batch}"),
    ("select 1 /* ; */ from {batch}\n-- done", "select 1 /* ; */ from {batch}"),
]


@pytest.mark.parametrize(("text", "given"), FORMS)
def test_a_query_keeps_its_words(text: str, given: str) -> None:
    assert query_problems(text) == ()
    assert query_for_gx(text) == given


REFUSED = [
    ("select 1 from silver_a.x", "1:0", "does not read {batch}"),
    ("select 1 from batch", "1:15", "batch is not a published table"),
    ('select 1 from {batch}, "batch"', "1:24", "batch is not a published table"),
    ("select 1 from {batch}\nwhere exists (select 1 from pg_authid)", "2:29", "pg_authid is not"),
    ("select pg_sleep(1) from {batch}", "1:8", "the function pg_sleep is refused"),
    ("select :run_id from {batch}", "1:8", ":run_id is not known here"),
    ("delete from {batch}", "1:1", "the query of a check is one SELECT"),
    ("select ':' from {batch} where a = ' :b:c'", "1:37", ":b: would reach PostgreSQL"),
]


@pytest.mark.parametrize(("text", "place", "message"), REFUSED)
def test_a_query_that_reaches_further_is_refused(text: str, place: str, message: str) -> None:
    problem = query_problems(text)[0]
    assert message in problem.problem
    assert problem.remedy
    if problem.line:
        assert f"{problem.line}:{problem.column}" == place
