"""Staging tables: made anew for each try, their key proven by an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

from medallion.names import BRONZE_PART, BRONZE_RECORD, LOAD_ID, TableName
from medallion.publish.relations import identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingColumn:
    """A column of a staging table. `pg_type` is one of PostgreSQL's own types, never a person's.

    A column with a `default` need not be copied: a value that all rows share costs nothing so.
    """

    name: str
    pg_type: str
    nullable: bool = True
    default: int | None = None


def provenance(load_id: int) -> tuple[StagingColumn, ...]:
    """What every silver row says of where it comes from; the load is the same for all of them."""
    return (
        StagingColumn(name=LOAD_ID, pg_type="bigint", nullable=False, default=load_id),
        StagingColumn(name=BRONZE_PART, pg_type="integer", nullable=False),
        StagingColumn(name=BRONZE_RECORD, pg_type="bigint", nullable=False),
    )


_CREATE_REJECTS = """
CREATE TABLE {} (
    stage text NOT NULL,
    reasons text[] NOT NULL,
    record jsonb NOT NULL,
    _load_id bigint,
    _bronze_part integer,
    _bronze_record bigint
)
"""

_KEEP_FIRST = """
DELETE FROM {table} WHERE ctid IN (
    SELECT ctid FROM (
        SELECT ctid, row_number() OVER (
            PARTITION BY {key} ORDER BY {order}_bronze_part DESC, _bronze_record DESC
        ) AS place
        FROM {table}
    ) AS placed
    WHERE place > 1
)
"""


def create_staging(
    connection: psycopg.Connection,
    table: TableName,
    columns: Sequence[StagingColumn],
    *,
    logged: bool,
) -> None:
    """An empty table, in place of what an earlier try has left.

    A table that is to become a version is `logged`: a crash of the server empties the others.
    """
    kind = sql.SQL("TABLE" if logged else "UNLOGGED TABLE")
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))
    connection.execute(
        sql.SQL("CREATE {} {} ({})").format(
            kind, identifier(table), sql.SQL(", ").join(map(_declaration, columns))
        )
    )


def read_texts(connection: psycopg.Connection, table: TableName, types: Mapping[str, str]) -> None:
    """Let PostgreSQL read columns that were copied as texts: the types that no copy says."""
    if not types:
        return
    change = sql.SQL("ALTER COLUMN {column} TYPE {type} USING {column}::{type}")
    changes = [
        change.format(column=sql.Identifier(name), type=sql.SQL(pg_type))
        for name, pg_type in types.items()
    ]
    connection.execute(
        sql.SQL("ALTER TABLE {} {}").format(identifier(table), sql.SQL(", ").join(changes))
    )


def create_rejects(connection: psycopg.Connection, table: TableName) -> None:
    """An empty table of rows set aside, in place of what an earlier try has left."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))
    connection.execute(sql.SQL(_CREATE_REJECTS).format(identifier(table)))


def add_primary_key(
    connection: psycopg.Connection,
    table: TableName,
    primary_key: Sequence[str],
    order_by: Sequence[tuple[str, bool]] = (),
) -> int:
    """A unique index on the key; how many rows had to go for it.

    Of several rows with one key the first by `order_by` stays (columns, each with whether its
    highest value comes first; NULL comes last), and among equals the last of the landing. That
    there is nothing to remove is the usual case, and the index proves it without a pass of its own.
    """
    if not primary_key:
        return 0
    key = sql.SQL(", ").join(map(sql.Identifier, primary_key))
    create_index = sql.SQL("CREATE UNIQUE INDEX ON {} ({})").format(identifier(table), key)
    try:
        with connection.transaction():
            connection.execute(create_index)
        return 0
    except errors.UniqueViolation:
        pass
    order = sql.Composed(
        [
            sql.SQL("{} {} NULLS LAST, ").format(
                sql.Identifier(name), sql.SQL("DESC" if falls else "ASC")
            )
            for name, falls in order_by
        ]
    )
    delete = sql.SQL(_KEEP_FIRST).format(table=identifier(table), key=key, order=order)
    removed = connection.execute(delete).rowcount
    connection.execute(create_index)
    return removed


def _declaration(column: StagingColumn) -> sql.Composed:
    null = sql.SQL("" if column.nullable else " NOT NULL")
    declared = sql.SQL("{} {}{}").format(sql.Identifier(column.name), sql.SQL(column.pg_type), null)
    if column.default is None:
        return declared
    return sql.SQL("{} DEFAULT {}").format(declared, sql.Literal(column.default))
