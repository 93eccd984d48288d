"""Hashes in the tables of a dataset: counted, and replaced by those of another key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import psycopg
from psycopg import sql

from medallion.names import PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "tables/hashes.sql"


def make_list(connection: psycopg.Connection) -> None:
    """An empty list of former hashes and new ones, for the rest of the transaction."""
    connection.execute(statements(SQL)["make_list"])


def add_to_list(connection: psycopg.Connection, hashes: Mapping[str, str]) -> None:
    """Add hashes of former keys, each with the one that is to take its place."""
    asked = {"former": list(hashes), "new": list(hashes.values())}
    connection.execute(statements(SQL)["add"], asked)


def finish_list(connection: psycopg.Connection) -> None:
    """Let the server know the list before it is searched."""
    connection.execute(statements(SQL)["know"])


def replace_hashes(
    connection: psycopg.Connection, name: TableName, columns: Collection[str]
) -> int:
    """Replace the hashes of the list in a table; in how many rows, of any of the columns."""
    found = count_former(connection, name, columns)
    for column, is_array in _find_columns(connection, name, columns).items() if found else ():
        query = statements(SQL)["replace_in_arrays" if is_array else "replace"]
        words = {"table": identifier(name), "column": sql.Identifier(column)}
        connection.execute(query.format(**words))
    return found


def replace_in_deleted_keys(
    connection: psycopg.Connection,
    table: PublishedTable,
    key: Sequence[str],
    columns: Collection[str],
) -> None:
    """Let the digests of a table's deleted keys be those of the new hashes: a run of an earlier
    interval, which cleans by the new key, would bring them back."""
    for at, column in enumerate(key):
        if column in columns:
            asked = {"at": at, **table.key()}
            connection.execute(statements(SQL)["replace_in_deleted_keys"], asked)


def count_former(connection: psycopg.Connection, name: TableName, columns: Collection[str]) -> int:
    """How many rows have a former hash of the list."""
    return _count(connection, "count", name, columns)


def count_unknown(connection: psycopg.Connection, name: TableName, columns: Collection[str]) -> int:
    """How many rows have a hash that the list does not know."""
    return _count(connection, "count_unknown", name, columns)


def _count(
    connection: psycopg.Connection, statement: str, name: TableName, columns: Collection[str]
) -> int:
    hashed = _find_columns(connection, name, columns)
    if not hashed:
        return 0
    each = [
        sql.SQL("t.{}" if is_array else "ARRAY[t.{}]").format(sql.Identifier(column))
        for column, is_array in hashed.items()
    ]
    words = {"table": identifier(name), "hashes": sql.SQL(" || ").join(each)}
    row = connection.execute(statements(SQL)[statement].format(**words)).fetchone()
    return int(row[0]) if row else 0


def _find_columns(
    connection: psycopg.Connection, name: TableName, columns: Collection[str]
) -> dict[str, bool]:
    """Those of the columns that the table has, and whether each is an array."""
    return {
        one.name: one.type.endswith("[]")
        for one in columns_of(connection, name)
        if one.name in columns
    }
