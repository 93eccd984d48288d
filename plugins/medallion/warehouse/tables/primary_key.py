"""A staging table's primary key: proven by a unique index; of rows with one key, one stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import errors, sql

from medallion.names import PROVENANCE_COLUMNS, TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "tables/primary_key.sql"
EXAMPLES = 3
_NO_INDEX = (errors.UniqueViolation, errors.ProgramLimitExceeded, errors.UndefinedObject)
"""Why there can be no unique index on a key: its rows, the length of a value, its type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """The rows removed because another row has their primary key."""

    removed: int = 0
    conflicting: int = 0
    """How many of them said something else than the row that stays."""
    differs_in: tuple[str, ...] = ()
    """In which columns, the commonest first."""
    examples: tuple[str, ...] = ()
    """Where some of them were, each with its key."""


def prove_key(connection: psycopg.Connection, table: TableName, key: Sequence[str]) -> bool:
    """Whether a unique index proves that no two rows of a table have one key; rows with a NULL in
    it are not looked at. An index is made where there is none yet, and where the rows allow it."""
    question, asked = ask_unique_index((table.schema, table.table), key)
    row = connection.execute(question, asked).fetchone()
    if row and row[0]:
        return True
    try:
        with connection.transaction():
            connection.execute(_create_index(table, key))
    except _NO_INDEX:
        return False
    return True


def ask_unique_index(
    names: Sequence[str], key: Sequence[str]
) -> tuple[LiteralString, Mapping[str, object]]:
    """The question whether a table has a unique index on columns of a key, and its values: for
    psycopg, and for the driver of Great Expectations, which takes values alike.

    Args:
        names: the schema and the name of the table, or its name alone, for the search path.
        key: names of columns.
    """
    text = statements(SQL)["has_unique_index"].as_string()
    return text, {"relation": sql.Identifier(*names).as_string(), "key": list(key)}


def add_primary_key(
    connection: psycopg.Connection,
    table: TableName,
    primary_key: Sequence[str],
    order_by: Sequence[tuple[str, bool]] = (),
    *,
    hidden: Collection[str] = (),
) -> Duplicates:
    """Create a unique index on the key and remove the rows that it does not allow; returns what was
    removed.

    The first row by `order_by` stays (columns, each with whether its highest value comes first;
    NULL comes last), and among equals the last of the landing. The index is tried first: usually
    there is nothing to remove, and then no other pass is needed. Rows ranked by `order_by` are
    states of one thing, so they do not count as conflicts. Examples never show the values of
    `hidden` columns.
    """
    if not primary_key:
        return Duplicates()
    key = sql.SQL(", ").join(map(sql.Identifier, primary_key))
    create_index = _create_index(table, primary_key)
    try:
        # A savepoint: an index that fails must not end the transaction that removes the rows.
        with connection.transaction():
            connection.execute(create_index)
        return Duplicates()
    except errors.UniqueViolation:
        pass
    compared = [] if order_by else _values(connection, table, primary_key)
    statement = statements(SQL)["keep_first"].format(
        table=identifier(table),
        key=key,
        order=sql.Composed([_order(*term) for term in order_by]),
        differences=sql.SQL(", ").join(map(_difference, compared)),
        shown=_display([name for name in primary_key if name not in hidden]),
        examples=sql.Literal(EXAMPLES),
    )
    row = connection.execute(statement).fetchone()
    assert row is not None  # noqa: S101  # count(*) gives one row
    connection.execute(create_index)
    removed, conflicting, differs_in, examples = row
    return Duplicates(
        removed=removed,
        conflicting=conflicting,
        differs_in=tuple(differs_in),
        examples=tuple(examples),
    )


def _values(
    connection: psycopg.Connection, table: TableName, primary_key: Sequence[str]
) -> list[str]:
    """The columns in which rows of one key can conflict: neither of the key nor of the provenance,
    which differs between any two rows."""
    names = (column.name for column in columns_of(connection, table))
    return [name for name in names if name not in (*primary_key, *PROVENANCE_COLUMNS)]


def _order(name: str, falls: bool) -> sql.Composed:
    direction = sql.SQL("DESC" if falls else "ASC")
    return sql.SQL("{} {} NULLS LAST, ").format(sql.Identifier(name), direction)


def _difference(name: str) -> sql.Composed:
    return sql.SQL("CASE WHEN gone.{0} IS DISTINCT FROM stays.{0} THEN {1} END").format(
        sql.Identifier(name), sql.Literal(name)
    )


def _display(names: Sequence[str]) -> sql.Composed | sql.SQL:
    """`id = 5, day = 2026-01-01: `, as far as it may be shown."""
    if not names:
        return sql.SQL("''")
    parts = [
        sql.SQL("concat({}, ' = ', left(gone.{}::text, 80))").format(
            sql.Literal(name), sql.Identifier(name)
        )
        for name in names
    ]
    return sql.SQL("concat_ws(', ', {}) || ': '").format(sql.SQL(", ").join(parts))


def _create_index(table: TableName, key: Sequence[str]) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, key))
    return sql.SQL("CREATE UNIQUE INDEX ON {} ({})").format(identifier(table), columns)
