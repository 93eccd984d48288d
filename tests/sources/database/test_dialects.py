"""What is asked of each kind of database is SQL of its dialect, as sqlglot reads it; whatever its
tables and columns are called."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from medallion.sources.base.cursor import CursorRange
from medallion.sources.database.catalogue import statement_of_catalogue
from medallion.sources.database.cursor import narrow
from medallion.sources.database.listing import statement_of_tables
from medallion.sources.database.query import (
    Statement,
    first_rows,
    statement_of_query,
    statement_of_table,
)

DIALECTS = ("postgres", "mysql", "sqlite", "tsql", "oracle", "db2")
HOSTILE = '"a\'b"".]`c"."t\'; --]"'
"""A schema and a table, as a spec has them."""


def read(statement: Statement, dialect: str) -> exp.Expression:
    """The one statement that sqlglot finds; it has no Db2, whose names and texts are the
    standard's."""
    sql = statement.with_values(lambda name: ":" + name)
    (found,) = sqlglot.parse(sql, dialect="" if dialect == "db2" else dialect)
    assert isinstance(found, exp.Query)
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_catalogue_is_asked_about_one_table(dialect: str) -> None:
    asked = statement_of_catalogue(HOSTILE, dialect)
    assert asked is not None
    found = read(asked, dialect)
    assert [one.alias_or_name for one in found.selects] == [
        "name", "declared", "nullable", "comment", "key_place", "estimate", "table_comment"
    ]  # fmt: skip
    texts = {str(one.this) for one in found.find_all(exp.Literal, exp.National)}
    assert any("t'; --]" in text for text in texts)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("schema", ["", "it's"])
def test_the_tables_of_a_schema(dialect: str, schema: str) -> None:
    found = read(statement_of_tables(schema, dialect), dialect)
    assert [one.alias_or_name for one in found.selects] == ["name", "is_view"]
    texts = {str(one.this) for one in found.find_all(exp.Literal, exp.National)}
    assert ("it's" in texts) is bool(schema)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_table_by_any_name(dialect: str) -> None:
    (table,) = read(statement_of_table(HOSTILE, dialect), dialect).find_all(exp.Table)
    assert (table.db, table.name) == ("a'b\".]`c", "t'; --]")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_cursor_and_the_first_rows(dialect: str) -> None:
    wanted = CursorRange(field="it's \"]`", kind="integer", start=1, end=2, end_inclusive=True)
    for statement in (
        statement_of_table("orders", dialect),
        statement_of_query("with a as (select 1 as n) select n from a -- all", dialect, {}),
    ):
        found = read(first_rows(narrow(statement, wanted), 10), dialect)
        limit = found.args.get("limit")
        assert isinstance(limit, exp.Limit | exp.Fetch)
        (column,) = {one.name for one in found.find_all(exp.Column) if one.table == "of_source"} - {
            "*"
        }
        assert column == "it's \"]`"
        assert {one.name for one in found.find_all(exp.Placeholder, exp.Parameter)} == {
            "cursor_start", "cursor_end"
        }  # fmt: skip
