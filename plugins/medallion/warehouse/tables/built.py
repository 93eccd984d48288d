"""What an author's SELECT is made into: a table of its rows, held to its primary key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import psycopg
from psycopg import errors, sql

from medallion.names import TableName
from medallion.publish.relations import identifier


class NotAKey(Exception):
    """Two rows have one key, or a key is NULL; the text is the server's."""


class NoSuchColumn(Exception):
    """A column of the key is not among those of the table."""


def typed_literal(value: str, kind: str) -> str:
    """A value as SQL, with its type: what an author's placeholder is replaced by.

    >>> typed_literal("it's", "text")
    "CAST('it''s' AS text)"
    """
    literal = sql.SQL("CAST({} AS {})").format(sql.Literal(value), sql.SQL(kind))
    return literal.as_string()


def create_table_as(table: TableName) -> str:
    """What stands before the author's SELECT in the statement, with the end of its line."""
    return sql.SQL("CREATE TABLE {} AS\n").format(identifier(table)).as_string()


def build_table(
    connection: psycopg.Connection, table: TableName, select: str
) -> tuple[datetime, int]:
    """Make a table of the rows of a SELECT; when it began to read, and how many rows.

    CREATE TABLE AS keeps the types, and the plan may be parallel, which that of an INSERT may not.
    A text that is prepared is one statement, whatever it holds. It may end with a comment, so what
    follows begins a new line.
    """
    now = connection.execute("SELECT clock_timestamp()").fetchone()
    assert now is not None  # noqa: S101  # one row, always
    statement = sql.Composed([sql.SQL(create_table_as(table)), sql.SQL(select), sql.SQL("\n")])
    return now[0], connection.execute(statement, prepare=True).rowcount


def hold_key(connection: psycopg.Connection, table: TableName, primary_key: Sequence[str]) -> None:
    """A unique index on the key, and no NULL in it; nothing is changed where it does not hold.

    Raises:
        NotAKey: it does not.
        NoSuchColumn: the table lacks a column of it.
    """
    name = identifier(table)
    columns = [sql.Identifier(column) for column in primary_key]
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("CREATE UNIQUE INDEX ON {} ({})").format(name, sql.SQL(", ").join(columns))
            )
            for column in columns:
                connection.execute(
                    sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL").format(name, column)
                )
    except (errors.UniqueViolation, errors.NotNullViolation) as error:
        raise NotAKey(error.diag.message_detail or error.diag.message_primary or "") from None
    except errors.UndefinedColumn:
        raise NoSuchColumn from None
