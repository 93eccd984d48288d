"""Quarantined rows that are deleted for good: the registry keeps how many, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from medallion.names import PublishedTable
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.warehouse.quarantine.chosen import Chosen, which_rows
from medallion.warehouse.quarantine.left_out import forget_drops, remember_drops
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.figures import keep_open_rows
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "registry/deletions.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedRows:
    """Rows of one table's quarantine that were deleted; `open` of them had never been replayed."""

    rows: int
    open: int


def delete_older(
    connection: psycopg.Connection, table: PublishedTable, age: timedelta, *, dry_run: bool = False
) -> DeletedRows:
    """Delete rows quarantined longer ago than `age`, replayed or not. `dry_run` only counts."""
    reason = f"retention of {age.days} days"
    return _delete(
        connection, table, statements(SQL)["older"], {"age": age}, reason, dry_run=dry_run
    )


def delete_of_load(
    connection: psycopg.Connection, table: PublishedTable, load_id: int, reason: str
) -> DeletedRows:
    """Delete a landing's quarantined rows: without the landing nobody can replay them. Nor can
    dropped ones come back."""
    forget_drops(connection, load_id)
    return _delete(connection, table, statements(SQL)["of_load"], {"load_id": load_id}, reason)


def drop_run(
    connection: psycopg.Connection, table: PublishedTable, run: Run, reason: str
) -> DeletedRows:
    """Delete a run's open rows; rows that were replayed stay as history. Cleaned again, their
    landing goes without them."""
    return _drop(connection, table, statements(SQL)["of_run"], run.ids(), reason)


def drop_chosen(
    connection: psycopg.Connection, table: PublishedTable, chosen: Chosen, reason: str
) -> DeletedRows:
    """Delete the open rows that were chosen. Cleaned again, their landing goes without them."""
    return _drop(connection, table, which_rows(), chosen.values(), reason)


def _drop(
    connection: psycopg.Connection,
    table: PublishedTable,
    which: sql.Composable,
    values: Mapping[str, object],
    reason: str,
) -> DeletedRows:
    if columns_of(connection, table.quarantine):
        remember_drops(connection, table, which, values)
    return _delete(connection, table, which, values, reason)


def record_deletion(
    connection: psycopg.Connection,
    kind: str,
    table: PublishedTable,
    reason: str,
    **figures: object,
) -> None:
    """Record in the registry that something was deleted: `figures` are its columns rows, rows_open,
    bytes, oldest, newest, place."""
    empty = dict.fromkeys(("rows", "rows_open", "bytes", "oldest", "newest", "place"))
    words = {"kind": kind, "reason": reason, **table.key()}
    connection.execute(statements(registry.SQL)["add_deletion"], {**empty, **words, **figures})


def _delete(
    connection: psycopg.Connection,
    table: PublishedTable,
    which: sql.Composable,
    values: Mapping[str, object],
    reason: str,
    *,
    dry_run: bool = False,
) -> DeletedRows:
    """Delete the rows of a quarantine that a condition chooses, and record how many and how
    old they were; or only count them."""
    if not columns_of(connection, table.quarantine):
        return DeletedRows(rows=0, open=0)
    named = statements(SQL)
    query = named["count" if dry_run else "delete"].format(
        table=identifier(table.quarantine), which=which
    )
    row: tuple[int, int, datetime | None, datetime | None] | None
    row = connection.execute(query, values).fetchone()
    rows, still_open, oldest, newest = row or (0, 0, None, None)
    if rows and not dry_run:
        keep_open_rows(connection, table)
        record_deletion(
            connection,
            "quarantine",
            table,
            reason,
            rows=rows,
            rows_open=still_open,
            oldest=oldest,
            newest=newest,
            place=str(table.quarantine),
        )
    return DeletedRows(rows=rows, open=still_open)
