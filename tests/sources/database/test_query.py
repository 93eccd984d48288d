"""The query of a database source: the author's words, and what is bound between them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from medallion.errors import SourceRefused
from medallion.sources.base.cursor import CursorRange
from medallion.sources.base.interval_words import values_of
from medallion.sources.database.cursor import narrow
from medallion.sources.database.query import problem_of_query, statement_of_query

VALUES = values_of(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


def sent(query: str, dialect: str, doubled: str = "") -> tuple[str, list[str]]:
    return statement_of_query(query, dialect, VALUES).text(lambda name: "%s", doubled=doubled)


AS_WRITTEN = [
    ("postgres", "select n * 1_000, date_part('year', d), a[1:n], a ? 'b' from t -- done"),
    ("postgres", "select '::', ':data_interval_start', $$ :data_interval_end $$, x::text from t"),
    ("mysql", "select a regexp 'x', 0xFF, interval(3, 1, 2), median(a) over () from dual"),
    ("mysql", "select 'it\\'s :data_interval_start;', `a;b`, insert('ab', 1, 1, 'c') # ; into"),
    ("oracle", "select q'[it's; :data_interval_start]', a from t"),
    ("tsql", "select [into], a from t where b = 'for update'"),
    ("tsql", "select t.[update], 'exec', d.close -- delete\nfrom t inner merge join u on 1 = 1"),
    ("tsql", "select [next value for], a as next, value from t"),
    ("mysql", "select t.nextval, nextval, value from next as t"),
    ("tsql", "select nextval from t order by nextval for json path"),
    ("oracle", 'select t."NEXTVAL", s.currval from t'),
    ("tsql", "select a from t option (recompile, use hint('ENABLE_QUERY_OPTIMIZER_HOTFIXES'))"),
    ("db2", "select a from final_table /* a /* nested */ ; */ where b = 'x' with ur"),
    ("", "select a from t where b like '%' and c = 'insert into'"),
    ("snowflake", "select src:a.b::text from t"),
]


@pytest.mark.parametrize(("dialect", "query"), AS_WRITTEN)
def test_a_query_is_sent_as_it_is_written(dialect: str, query: str) -> None:
    assert sent(query, dialect, doubled="%") == (query, [])


def test_only_placeholders_and_semicolons_change() -> None:
    text, names = sent(
        "select '%', :data_interval_end;\n-- :data_interval_start", "mysql", doubled="%"
    )
    assert text == "select '%%', %s \n-- :data_interval_start"
    assert names == ["data_interval_end"]


REFUSED = [
    ("mysql", "select 1 /*!50000 into outfile '/tmp/x' */", "would run what is in this comm"),
    ("mysql", "select 1 into outfile '/tmp/x'", "SELECT INTO writes"),
    ("mysql", "select a from t lock in share mode", "locks rows"),
    ("tsql", "with a as (select 1) delete from t", "delete begins another statement"),
    ("tsql", "select 1 as a delete from t", "column 15 of the query: delete begins another"),
    ("tsql", "select 1 EXEC p", "EXEC begins another statement"),
    ("tsql", "select * from t use hint", "use begins another statement"),
    ("tsql", "select * from t set lock_timeout 0", "set begins another statement"),
    ("tsql", "select * from openquery(other, 'x')", "another server do what nobody"),
    ("tsql", "select next value for dbo.counter", "column 8 of the query: the query moves a seq"),
    ("tsql", "select a, NEXT /* */ VALUE\nFOR counter over (order by a) from t", "moves a seq"),
    ("", "select next value for counter", "moves a sequence on"),
    ("db2", "select nextval for counter from sysibm.sysdummy1", "moves a sequence on"),
    ("oracle", "select counter.nextval from dual", "moves a sequence on"),
    ("mysql", "select nextval(counter)", "moves a sequence on"),
    ("postgres", "select setval('counter', 1)", "moves a sequence on"),
    ("db2", "select * from old table (delete from t)", "changes data"),
    ("postgres", "with a as (update t set b = 1 returning 1) select * from a", "changes data"),
    ("postgres", "select 1;\ndrop table t", "these are 2 statements"),
    ("", "exec p", "this is another statement"),
    ("", "select (1", "line 1, column 8 of the query: a bracket is not closed"),
    ("", "select 1)", "is closed that none opens"),
    ("", "select\n" + "(" * 60 + "1" + ")" * 60, "line 2, .* nests brackets more than 50 deep"),
    ("", "select 'a", "begins something that does not end"),
    ("", "select :later from t", "the parameter later, which nobody fills"),
    ("postgres", "select $1", "the parameter 1, which nobody fills"),
    ("", "", "these are 0 statements"),
    ("", "select from t", "names no column"),
]


@pytest.mark.parametrize(("dialect", "query", "message"), REFUSED)
def test_what_does_more_than_read_is_refused(dialect: str, query: str, message: str) -> None:
    with pytest.raises(SourceRefused, match=message) as refused:
        statement_of_query(query, dialect, VALUES)
    assert refused.value.remedy


def test_before_the_database_is_known_any_dialect_will_do() -> None:
    for dialect, query in AS_WRITTEN[:-1]:
        assert problem_of_query(query) is None, dialect
    assert problem_of_query("select `a` from t") is None


@pytest.mark.parametrize(
    ("dialect", "query", "text"),
    [
        (
            "postgres",
            "with a as (select 1 as n) select n from a -- all",
            "SELECT of_source.* FROM (\nwith a as (select 1 as n) select n from a -- all\n"
            ') of_source WHERE of_source."n" > %s AND of_source."n" <= %s',
        ),
        (
            "tsql",
            "with a as (select 1 as n) select n from a where n > :data_interval_start_epoch;",
            "with a as (select 1 as n) SELECT of_source.* FROM (\n"
            "select n from a where n > %s \n"
            ") of_source WHERE of_source.[n] > %s AND of_source.[n] <= %s",
        ),
    ],
)
def test_a_cursor_wraps_the_text(dialect: str, query: str, text: str) -> None:
    cursor = CursorRange(
        field="n", kind="integer", start=1, start_inclusive=False, end=2, end_inclusive=True
    )
    statement = narrow(statement_of_query(query, dialect, VALUES), cursor)
    written, names = statement.text(lambda name: "%s")
    assert written == text
    assert names[-2:] == ["cursor_start", "cursor_end"]
