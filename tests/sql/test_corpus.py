"""Valid SQL of PostgreSQL 18 gives the same as written and as the product sends it.

A new case is a line in postgres/*.sql.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from medallion.run import Run
from medallion.sources.database.postgres_types import describe_query, select_of
from medallion.sources.database.query import statement_of_query
from medallion.spec.sql.lineage import PLACEHOLDERS, read_query
from medallion.sql.columns import select_columns
from medallion.sql.libpg_query import scan
from medallion.sql.postgres_select import select_tree
from medallion.sql.scope import Columns
from medallion.sql.tokens import COMMENT, LEXES, QUOTED, pieces_of
from medallion.steps.build import render

FILES = sorted(Path(__file__).with_name("postgres").glob("*.sql"))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RUN = Run(dag_id="", run_id="run", interval_start=NOON, interval_end=NOON)

TABLES = """
CREATE SCHEMA silver_lab;
CREATE TABLE silver_lab.sales AS
    SELECT n AS id, date '2026-01-01' + n % 5 AS day, chr(97 + n % 3) AS shop,
        (n * 7 % 11)::numeric AS amount
    FROM generate_series(1, 9) AS n;
CREATE TABLE silver_lab.shops AS
    SELECT * FROM (VALUES ('a', 'Paris'), ('b', 'Lyon'), ('d', 'Nice')) AS t(shop, city);
"""

Result = tuple[list[str], list[str]]
"""The names of the columns, and the rows as texts."""


def statements(file: Path) -> list[str]:
    first, *lines = file.read_text(encoding="utf-8").splitlines()
    assert first.startswith("-- ")
    return lines


def result(cursor: psycopg.Cursor[Any]) -> Result:
    return [c.name for c in cursor.description or ()], [repr(row) for row in cursor.fetchall()]


def published(connection: psycopg.Connection[Any], text: str) -> Result:
    """As a gold table is built."""
    select = render(text, RUN)
    connection.execute(sql.SQL("CREATE TEMP TABLE built AS\n{}\n").format(sql.SQL(select)))
    return result(connection.execute("SELECT * FROM built"))


def landed(connection: psycopg.Connection[Any], text: str, expected: Result) -> None:
    """As a database source reads it; some types are asked for as texts."""
    query = statement_of_query(text, "postgres", {}).with_values(str)
    columns = describe_query(connection, query)
    _, rows = result(connection.execute(sql.SQL(select_of(query, columns))))
    assert [column.name for column in columns] == expected[0], text
    if any(column.asked_as or column.array for column in columns):
        assert len(rows) == len(expected[1]), text
    else:
        assert rows == expected[1], text


KNOWN = {
    "sales": Columns(names=("id", "day", "shop", "amount")),
    "shops": Columns(names=("shop", "city")),
}


def resolved(text: str, names: list[str]) -> None:
    """Without a server: no name is called unknown, and the result's names are those it has."""
    statement = select_tree(text, PLACEHOLDERS)
    assert statement is not None
    found = select_columns(text, statement, lambda schema, name: KNOWN[name])
    assert found.problems == (), text
    if found.columns.whole:
        assert list(found.columns.names) == names, text
    else:
        assert set(found.columns.names) <= set(names), text


@pytest.fixture(scope="module")
def lab(module_warehouse_db: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(module_warehouse_db, prepare_threshold=None) as connection:
        connection.execute(TABLES)
        yield connection


def test_there_are_enough_of_them() -> None:
    assert sum(len(statements(file)) for file in FILES) > 1_200


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_sent_gives_what_was_written(file: Path, lab: psycopg.Connection[Any]) -> None:
    for text in statements(file):
        assert read_query(text).problems == (), text
        try:
            with lab.transaction(force_rollback=True):
                expected = result(lab.execute(text))
                resolved(text, expected[0])
                assert published(lab, text) == expected, text
                landed(lab, text, expected)
        except psycopg.Error as error:
            pytest.fail(f"{text}\n{error}")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_our_words_of_postgresql_are_those_of_its_scanner(file: Path) -> None:
    for text in statements(file):
        pieces = pieces_of(text, LEXES["postgres"])
        # What stands before a quote (X'1F', U&'a') may be a word of its own: where it ends counts.
        ours = [piece.end for piece in pieces if piece.kind in (QUOTED, COMMENT)]
        theirs = [token.end for token in scan(text) if _is_aside(token.text)]
        assert ours == theirs, text


def _is_aside(token: str) -> bool:
    """A text, a quoted name or a comment; before its quote stands what kind of a text it is."""
    if token.startswith(("--", "/*")):
        return True
    return token[-1] in "'\"" or (token[0] == token[-1] == "$" and len(token) > 1)
