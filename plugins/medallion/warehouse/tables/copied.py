"""A published table, or what a query gives, from one warehouse into another.

The bytes pass through this process in blocks: memory does not grow with the table. Keys, indexes
and versions are not copied.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import psycopg
from psycopg import sql

from medallion.names import DATA_INTERVAL_END, VALID_TO, PublishedTable, TableName
from medallion.publish.masked_view import show_value
from medallion.publish.read_mask import ReadMask
from medallion.publish.relations import Column, identifier, names
from medallion.warehouse.session.prepare import prepare_query
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.sent_rows import read_blocks
from medallion.warehouse.session.statements import statements

SQL = "tables/copied.sql"
BEFORE_QUERY = "COPY (\n"
"""What comes before a query in the statement that reads it: an error's place counts from there."""


def copy_published(
    source: psycopg.Connection,
    target: psycopg.Connection,
    table: PublishedTable,
    into: TableName | None = None,
    *,
    without: Collection[str] = (),
) -> int:
    """Copy the rows of a table's view, as readers see it now, into a plain table; how many rows.

    Args:
        source: a session of the warehouse that publishes the table.
        target: a session of the other one.
        into: a name in one of the table's schemas, of no relation there; None: the view's own.
        without: columns to leave out.
    """
    ensure_schemas(target, table)
    into = into or table.public
    columns = [one for one in columns_of(source, table.public) if one.name not in without]
    _create(target, into, columns)
    read = statements(SQL)["read"].format(
        columns=names([column.name for column in columns]), table=identifier(table.public)
    )
    return _stream(source, target, read, into)


def keep_rows_of_run(
    target: psycopg.Connection, table: TableName, interval_end: datetime | None
) -> None:
    """Of a published table that was copied, keep what one run has staged: of a history the states
    that hold.

    Args:
        interval_end: of the run, where each run adds rows of its own; None: they are all of it.
    """
    there = {column.name for column in columns_of(target, table)}
    if VALID_TO in there:
        target.execute(statements(SQL)["drop_ended"].format(table=identifier(table)))
    if interval_end is not None and DATA_INTERVAL_END in there:
        target.execute(
            statements(SQL)["drop_of_others"].format(table=identifier(table)),
            {"interval_end": interval_end},
        )


def mask_rows(
    target: psycopg.Connection, table: TableName, masks: Sequence[ReadMask]
) -> tuple[str, ...]:
    """Put the masks in the place of clear values, as readers of the published table get them; the
    columns that have them."""
    there = {column.name: column for column in columns_of(target, table)}
    found = [mask for mask in masks if mask.column in there]
    for mask in found:
        column = sql.Identifier(mask.column)
        value = show_value(column, there[mask.column].type, replace(mask, roles=()))
        words = {"table": identifier(table), "column": column, "value": value}
        target.execute(statements(SQL)["mask"].format(**words))
    return tuple(mask.column for mask in found)


def name_for_readers(target: psycopg.Connection, table: PublishedTable, rows: TableName) -> None:
    """Let a scratch have rows under the name that readers of the warehouse write.

    Args:
        target: a session of the scratch, which has no relation of that name.
        rows: a relation of the scratch.
    """
    ensure_schemas(target, table)
    target.execute(
        statements(SQL)["show"].format(view=identifier(table.public), table=identifier(rows))
    )


def query_columns(source: psycopg.Connection, query: str) -> tuple[Column, ...]:
    """The columns of what a query gives, which from now on only reads.

    Args:
        source: a session in which nothing was done yet. It only reads from now on.
        query: one SELECT, without parameters, that the parser has let pass.

    Raises:
        psycopg.Error: the server refuses it.
    """
    source.read_only = True
    return prepare_query(source, query)


def copy_query(
    source: psycopg.Connection,
    target: psycopg.Connection,
    query: str,
    into: TableName,
    columns: Sequence[Column],
) -> int:
    """Run a query and copy its rows into a plain table; how many rows.

    Args:
        source: the session that has said the query's columns.
        target: a session of the other warehouse, which has no relation of that name.
        query: the same. It may end with a comment.
        columns: of the query.
    """
    _create(target, into, columns)
    read = sql.Composed(
        [sql.SQL(BEFORE_QUERY), sql.SQL(query), sql.SQL("\n) TO STDOUT (FORMAT binary)")]
    )
    return _stream(source, target, read, into)


def _create(target: psycopg.Connection, into: TableName, columns: Sequence[Column]) -> None:
    declared = (sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.type)) for c in columns)
    target.execute(
        statements(SQL)["create"].format(
            table=identifier(into), columns=sql.SQL(", ").join(declared)
        )
    )


def _stream(
    source: psycopg.Connection, target: psycopg.Connection, read: sql.Composed, into: TableName
) -> int:
    """Returns how many rows the target has taken."""
    name = identifier(into)
    with target.cursor() as cursor:
        with cursor.copy(statements(SQL)["write"].format(table=name)) as writing:
            for block in read_blocks(source, read):
                writing.write(block)
        rows = cursor.rowcount
    target.execute(statements(SQL)["analyze"].format(table=name))
    return rows
