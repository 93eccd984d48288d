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

_PREFIX = "quarantine_"

_COUNTS = """
SELECT count(*) FILTER (WHERE replayed_at IS NULL), count(*) FILTER (WHERE replayed_at IS NOT NULL),
       count(DISTINCT (dag_id, run_id)) FILTER (WHERE replayed_at IS NULL),
       min(quarantined_at) FILTER (WHERE replayed_at IS NULL)
FROM {}
"""

# A reason may quote the value: those of one column and kind are counted together.
_REASONS = """
SELECT stage, regexp_replace(reason, '".*"', '"…"') AS reason, count(*) AS rows,
       (array_agg(reason ORDER BY quarantine_id))[1] AS example_reason,
       (array_agg(left(record::text, 200) ORDER BY quarantine_id))[1] AS example
FROM {} CROSS JOIN unnest(reasons) AS reason
WHERE replayed_at IS NULL
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %s
"""


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


def counts(connection: psycopg.Connection) -> list[QuarantineCounts]:
    """The counts of every quarantine that holds a row, by table name."""
    rows = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE starts_with(schemaname, %s)"
        " ORDER BY schemaname, tablename",
        [_PREFIX],
    ).fetchall()
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
        row = connection.execute(sql.SQL(_COUNTS).format(identifier(table.quarantine))).fetchone()
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
        query = sql.SQL(_REASONS).format(identifier(table.quarantine))
        return cursor.execute(query, [most]).fetchall()
