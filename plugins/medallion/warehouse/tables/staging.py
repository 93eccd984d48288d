"""Staging tables: made again for each try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

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


def add_texts(connection: psycopg.Connection, table: TableName, names: Sequence[str]) -> None:
    """Add columns of texts, NULL in every row."""
    for name in names:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD COLUMN {} text").format(
                identifier(table), sql.Identifier(name)
            )
        )


def drop(connection: psycopg.Connection, tables: Sequence[TableName]) -> None:
    """Drop what an earlier try has left, where it is there."""
    for table in tables:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))


def analyze(connection: psycopg.Connection, table: TableName) -> None:
    """Have PostgreSQL count the values: it plans the publication by them."""
    connection.execute(sql.SQL("ANALYZE {}").format(identifier(table)))


def create_rejects(connection: psycopg.Connection, table: TableName) -> None:
    """An empty table of rows quarantined, in place of what an earlier try has left."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))
    connection.execute(sql.SQL(_CREATE_REJECTS).format(identifier(table)))


def _declaration(column: StagingColumn) -> sql.Composed:
    null = sql.SQL("" if column.nullable else " NOT NULL")
    declared = sql.SQL("{} {}{}").format(sql.Identifier(column.name), sql.SQL(column.pg_type), null)
    if column.default is None:
        return declared
    return sql.SQL("{} DEFAULT {}").format(declared, sql.Literal(column.default))
