"""The table made from an author's SELECT, and the check of its primary key."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

import psycopg
from psycopg import errors, sql

from medallion.names import TableName
from medallion.publish.relations import identifier, names
from medallion.publish.window import Slice, Window
from medallion.warehouse.session.statements import statements

SQL = "tables/built.sql"
LONGEST_COMMIT_SECONDS = 10.0
"""How long a build waits for publications that have their time already: they take milliseconds from
there, unless they move millions of rows to quarantine."""


class NotAKey(Exception):
    """Two rows have one key, or a key is NULL. The message is PostgreSQL's."""


class NoSuchColumn(Exception):
    """The key names a column that the table does not have."""


def write_literal(value: str, kind: str) -> str:
    """A value as SQL, with its type: what an author's placeholder is replaced by.

    >>> write_literal("it's", "text")
    "CAST('it''s' AS text)"
    """
    literal = sql.SQL("CAST({} AS {})").format(sql.Literal(value), sql.SQL(kind))
    return literal.as_string()


def create_table_as(table: TableName) -> str:
    """The SQL that comes before the author's SELECT. It ends its line, so the author's positions
    move by whole lines.

    >>> create_table_as(TableName("staging", "brands"))
    'CREATE TABLE "staging"."brands" AS\\n'
    """
    return sql.SQL("CREATE TABLE {} AS\n").format(identifier(table)).as_string()


def wait_for_publications(connection: psycopg.Connection) -> datetime:
    """A moment such that a SELECT which begins now sees all that was published until then.

    A publication has its time before it is committed. One that is between the two is waited for: a
    SELECT that began then would not see it, and what it has made would be taken for newer.
    """
    deadline = time.monotonic() + LONGEST_COMMIT_SECONDS
    asked_at, writers = _find_writers(connection)
    while writers and time.monotonic() < deadline:
        time.sleep(0.02)
        writers &= _find_writers(connection)[1]
    return asked_at


def _find_writers(connection: psycopg.Connection) -> tuple[datetime, set[str]]:
    row = connection.execute(statements(SQL)["writers_of_publications"]).fetchone()
    assert row is not None  # noqa: S101  # one row, always
    return row[0], set(row[1])


def build_table(connection: psycopg.Connection, table: TableName, select: str) -> int:
    """Make a table of a SELECT's rows; returns their number.

    CREATE TABLE AS keeps the types, and PostgreSQL may plan it in parallel, which it does not for
    INSERT. A text that is sent with the form of its answer (`binary`) is one statement, whatever it
    holds. It may end with a comment, so what follows begins a new line.
    """
    statement = sql.Composed([sql.SQL(create_table_as(table)), sql.SQL(select), sql.SQL("\n")])
    return connection.execute(statement, prepare=False, binary=True).rowcount


def count_outside(
    connection: psycopg.Connection, table: TableName, column: str, window: Window
) -> tuple[int, int, int]:
    """A table's rows before a window, after it, and without a time."""
    of_time = Slice(time_column=column, window=window)
    query = statements(SQL)["count_outside"].format(
        before=of_time.is_before(),
        after=of_time.is_after(),
        column=sql.Identifier("t", column),
        table=identifier(table),
    )
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101  # count(*) gives one row
    return int(row[0]), int(row[1]), int(row[2])


def add_index(connection: psycopg.Connection, table: TableName, columns: Sequence[str]) -> None:
    """Make a plain index on a table. It goes with it where the table becomes a version."""
    connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(identifier(table), names(columns)))


def hold_key(connection: psycopg.Connection, table: TableName, primary_key: Sequence[str]) -> None:
    """Add a unique index on the key and forbid NULL in it. If that fails, the table is unchanged.

    Raises:
        NotAKey: two rows have one key, or a key is NULL.
        NoSuchColumn: the table lacks a column of the key.
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
