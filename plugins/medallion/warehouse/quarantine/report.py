"""Quarantine as a person asks about it: how many rows, where, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from medallion.names import Layer, PublishedTable
from medallion.publish.relations import identifier
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "quarantine/report.sql"
_PREFIX = "quarantine_"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineCounts:
    """One table's quarantine in numbers. `runs` and `oldest` count open rows only."""

    table: PublishedTable
    open: int
    replayed: int
    runs: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """Open rows with one reason; a row with two reasons counts under both. `example` is the first
    200 characters of a record: it may hold personal values."""

    stage: str
    reason: str
    rows: int
    example_reason: str
    example: str


def reason_kind() -> sql.SQL:
    """SQL over a column `reason`: the text by which reasons are grouped, without a quoted value."""
    return statements(SQL)["reason_kind"]


def counts(connection: psycopg.Connection) -> list[QuarantineCounts]:
    """The counts of every quarantine that holds a row, by table name."""
    rows = connection.execute(statements(SQL)["tables"], {"prefix": _PREFIX}).fetchall()
    found = []
    for schema, name in rows:
        layer, _, domain = schema.removeprefix(_PREFIX).partition("_")
        if layer in (Layer.SILVER, Layer.GOLD):
            found.append(
                counts_of(connection, PublishedTable(layer=Layer(layer), domain=domain, name=name))
            )
    return [one for one in found if one.open or one.replayed]


def counts_of(connection: psycopg.Connection, table: PublishedTable) -> QuarantineCounts:
    """One table's counts; zeros if it has no quarantine."""
    row = None
    if columns_of(connection, table.quarantine):
        query = statements(SQL)["counts"].format(table=identifier(table.quarantine))
        row = connection.execute(query).fetchone()
    number, replayed, runs, oldest = row or (0, 0, 0, None)
    return QuarantineCounts(table=table, open=number, replayed=replayed, runs=runs, oldest=oldest)


def reasons(
    connection: psycopg.Connection, table: PublishedTable, most: int = 20
) -> list[ReasonCount]:
    """Why rows of a table are open in quarantine, the most frequent reason first, each with an
    example."""
    if not columns_of(connection, table.quarantine):
        return []
    with connection.cursor(row_factory=class_row(ReasonCount)) as cursor:
        query = statements(SQL)["reasons"].format(
            table=identifier(table.quarantine), reason_kind=reason_kind(), most=sql.Literal(most)
        )
        return cursor.execute(query).fetchall()
