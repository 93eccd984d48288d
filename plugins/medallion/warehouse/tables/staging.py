"""Staging tables and rejects: each try of a task makes them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from medallion.names import BRONZE_PART, BRONZE_RECORD, LOAD_ID, TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.statements import statements

SQL = "tables/staging.sql"


CHANGED_PART = 0.1
"""As autovacuum's own: autovacuum_analyze_scale_factor."""


CONSTANT_STATISTICS = 10
"""The statistics target of a column that has one value: 3,000 rows are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingColumn:
    """A column of a staging table. `pg_type` is one of PostgreSQL's own types, never an author's
    text.

    A column with a `default` is not copied: a value that all rows share costs nothing that way.
    """

    name: str
    pg_type: str
    nullable: bool = True
    default: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStaging:
    """A staging table that is still to be made, so that one transaction can make and fill it."""

    name: TableName
    columns: Sequence[StagingColumn]
    logged: bool

    def create(self, connection: psycopg.Connection) -> None:
        """Create it, empty, in place of what an earlier try left."""
        create_staging(connection, self.name, self.columns, logged=self.logged)


def provenance(load_id: int, part: int | None = None) -> tuple[StagingColumn, ...]:
    """The columns that say where a silver row comes from. `load_id` is the same for all rows, so it
    is a default; so is the number of the part, where there is only this one."""
    return (
        StagingColumn(name=LOAD_ID, pg_type="bigint", nullable=False, default=load_id),
        StagingColumn(name=BRONZE_PART, pg_type="integer", nullable=False, default=part),
        StagingColumn(name=BRONZE_RECORD, pg_type="bigint", nullable=False),
    )


def create_staging(
    connection: psycopg.Connection,
    table: TableName,
    columns: Sequence[StagingColumn],
    *,
    logged: bool,
) -> None:
    """Create an empty table, replacing what an earlier try left.

    `logged` for a table that will become a version: PostgreSQL empties unlogged tables after a
    crash.
    """
    kind = sql.SQL("TABLE" if logged else "UNLOGGED TABLE")
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))
    connection.execute(
        sql.SQL("CREATE {} {} ({})").format(
            kind, identifier(table), sql.SQL(", ").join(map(_declaration, columns))
        )
    )


def write_early(connection: psycopg.Connection) -> None:
    """Have the server hand what this transaction writes to the disk as it goes, where its commit
    waits for that: a server that ships no log writes none for a table of the same transaction, and
    brings the table itself to the disk instead."""
    connection.execute(statements(SQL)["write_early"])


def read_texts(connection: psycopg.Connection, table: TableName, types: Mapping[str, str]) -> None:
    """Cast columns that were copied as text to their PostgreSQL type, for types that no binary COPY
    carries."""
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
    """Add text columns, NULL in every row."""
    for name in names:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD COLUMN {} text").format(
                identifier(table), sql.Identifier(name)
            )
        )


def drop(connection: psycopg.Connection, tables: Sequence[TableName]) -> None:
    """DROP TABLE IF EXISTS for each."""
    for table in tables:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))


def drop_all(
    connection: psycopg.Connection, *, views: Sequence[TableName], tables: Sequence[TableName]
) -> None:
    """Drop what is there of these, in one message to the server. The transaction's commit does not
    wait for the disk: that of what takes their place brings it there, and without it they are
    dropped again."""
    drops = [
        *(sql.SQL("DROP VIEW IF EXISTS {}").format(identifier(view)) for view in views),
        *(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)) for table in tables),
    ]
    connection.execute(sql.SQL("; ").join([sql.SQL("SET LOCAL synchronous_commit = off"), *drops]))


def analyze(connection: psycopg.Connection, table: TableName) -> None:
    """Update the planner's statistics: autovacuum has not seen a table that was just filled."""
    connection.execute(sql.SQL("ANALYZE {}").format(identifier(table)))


def analyze_constants(
    connection: psycopg.Connection, table: TableName, columns: Sequence[str]
) -> None:
    """Let the planner know columns that were added with one value for all rows, after the rest was
    analyzed: else it takes a comparison with that value to find every two hundredth row."""
    for name in columns:  # all values are alike: a small sample says so
        connection.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET STATISTICS {}").format(
                identifier(table), sql.Identifier(name), sql.Literal(CONSTANT_STATISTICS)
            )
        )
    connection.execute(
        sql.SQL("ANALYZE {} ({})").format(
            identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
    )


def analyze_after_change(connection: psycopg.Connection, table: TableName, changed: int) -> None:
    """Update the statistics of a table of which a tenth or more has changed: autovacuum would come
    a minute after the readers. Where it is at work just now, nothing is waited for."""
    row = connection.execute(
        statements(SQL)["rows_by_statistics"], {"table": identifier(table).as_string(connection)}
    ).fetchone()
    known = row[0] if row else 0
    if changed >= max(known, 0) * CHANGED_PART:
        connection.execute(sql.SQL("ANALYZE (SKIP_LOCKED) {}").format(identifier(table)))


def create_rejects(connection: psycopg.Connection, table: TableName) -> None:
    """Create an empty table for rejects, replacing what an earlier try left."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))
    connection.execute(statements(SQL)["create_rejects"].format(rejects=identifier(table)))


def _declaration(column: StagingColumn) -> sql.Composed:
    null = sql.SQL("" if column.nullable else " NOT NULL")
    declared = sql.SQL("{} {}{}").format(sql.Identifier(column.name), sql.SQL(column.pg_type), null)
    if column.default is None:
        return declared
    return sql.SQL("{} DEFAULT {}").format(declared, sql.Literal(column.default))
