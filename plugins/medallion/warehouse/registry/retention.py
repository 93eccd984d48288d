"""The registry's own retention: what is too old, and of no use to what readers have, goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import psycopg
from psycopg import sql

from medallion.names import Layer, PublishedTable
from medallion.publish.relations import identifier
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "registry/retention.sql"
OF_WHAT = {
    "old_gate_results": "results of checks",
    "old_task_runs": "records of tasks",
    "old_syncs": "records of syncs",
    "old_publications": "entries of the publications ledger",
    "old_incidents": "incidents",
    "old_approvals": "approvals",
}
"""The statements, in this order: a verdict names the publication that it let through."""


OF_JOURNAL = {
    "old_deletions": "entries of what was deleted",
    "old_actions": "entries of the journal",
}


def delete_old_entries(
    connection: psycopg.Connection, table: PublishedTable, age: timedelta, *, dry_run: bool = False
) -> Iterator[tuple[str, int]]:
    """Delete what is older than `age` of one table: of what, and how many. `dry_run` only counts.

    Of a table that readers have, what its current publication was let through by stays, and so does
    every entry that a rollback, a replay or a late interval may still ask for.
    """
    gold = table.layer is Layer.GOLD
    words = {
        "layer": str(table.layer),
        "domain": table.domain,
        "table_name": table.name,
        "public": str(table.public),
        "age": age,
        "layers": [str(table.layer)] if gold else [str(Layer.BRONZE), str(Layer.SILVER)],
        "dag_ids": _publishers(connection, table),
        "quarantined": _list_quarantined_runs(connection, table),
    }
    yield from _delete(connection, OF_WHAT, words, dry_run=dry_run)


def delete_old_journal(
    connection: psycopg.Connection, table: PublishedTable, age: timedelta, *, dry_run: bool = False
) -> Iterator[tuple[str, int]]:
    """Delete what is older than `age` of the journals of one table: what people did, and what was
    deleted. `dry_run` only counts."""
    words = {**table.key(), "age": age, "dag_ids": _publishers(connection, table)}
    yield from _delete(connection, OF_JOURNAL, words, dry_run=dry_run)


def _delete(
    connection: psycopg.Connection,
    of_what: Mapping[str, str],
    words: Mapping[str, object],
    *,
    dry_run: bool,
) -> Iterator[tuple[str, int]]:
    for name, what in of_what.items():
        query = sql.SQL("SELECT 1 {}" if dry_run else "DELETE {}").format(statements(SQL)[name])
        rows = connection.execute(query, words).rowcount
        if rows:
            yield what, rows


def _publishers(connection: psycopg.Connection, table: PublishedTable) -> list[str]:
    rows = connection.execute(
        statements(SQL)["publishers"],
        {"layer": str(table.layer), "domain": table.domain, "table_name": table.name},
    ).fetchall()
    return [row[0] for row in rows]


def _list_quarantined_runs(connection: psycopg.Connection, table: PublishedTable) -> list[str]:
    if not columns_of(connection, table.quarantine):
        return []
    query = statements(SQL)["quarantined_runs"].format(quarantine=identifier(table.quarantine))
    return [row[0] for row in connection.execute(query).fetchall()]
