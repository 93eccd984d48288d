"""Tidying: old versions that nobody reads, and staging tables that nobody will publish."""

from __future__ import annotations

import logging
from datetime import timedelta

import psycopg
from psycopg import errors, sql

from medallion.names import Area, PublishedTable, TableName, run_key
from medallion.publish.relations import identifier
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session

SQL = "tables/sweep.sql"
STAGING_KEPT = timedelta(days=7)
"""A failed run's staging table stays this long: its operator may look at it and go on from it."""


def drop_old_versions(
    url: str, table: PublishedTable, keep: int, log: logging.Logger
) -> tuple[int, ...]:
    """Drop the versions beyond the latest `keep`, each in its own short transaction; returns those
    dropped.

    A version that a reader still holds is left for the next publication.
    """
    with session(url, f"reading the versions of {table.public}") as connection:
        history = registry.history(connection, table)
    kept = sorted({p.version for p in history if p.version_kept}, reverse=True)
    current = {p.version for p in history if p.is_current}
    dropped = []
    for version in kept[keep:]:
        if version not in current and _drop(url, table, version, log):
            dropped.append(version)
    return tuple(dropped)


def sweep_staging(url: str, table: PublishedTable, keep_run: str | None = None) -> tuple[str, ...]:
    """Drop this table's staging tables that are older than a week; returns their names.

    The age is that of the run's last task in the registry. The table of an unknown run stays, and
    so does that of `keep_run`.
    """
    with session(url, f"sweeping the staging tables of {table.public}") as connection:
        stale = [name for name in _stale(connection, table) if not keep_run or keep_run not in name]
        for name in stale:
            staging = TableName(table.schema(Area.STAGING), name)
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(staging)))
    return tuple(stale)


def _stale(connection: psycopg.Connection, table: PublishedTable) -> list[str]:
    rows = connection.execute(
        statements(SQL)["runs_of_tasks"], {"kept": STAGING_KEPT, "tasks": f"{table.name}.%"}
    ).fetchall()
    old = {run_key(dag_id, run_id) for dag_id, run_id, is_old in rows if is_old}
    names = connection.execute(
        statements(SQL)["tables_in_schema"], {"schema": table.schema(Area.STAGING)}
    ).fetchall()
    wanted = {table.staging(key).table for key in old} | {table.rejects(key).table for key in old}
    return [row[0] for row in names if row[0] in wanted]


def _drop(url: str, table: PublishedTable, version: int, log: logging.Logger) -> bool:
    physical = table.version(version)
    try:
        with session(url, f"dropping {physical}") as connection:
            one_at_a_time(connection, table)
            if registry.seen_by_nobody(connection, table, version):
                _drop_version(connection, table, version)
                return True
    except _InUse:
        pass
    log.info("%s is still being read: it is dropped after a later publication", physical)
    return False


class _InUse(Exception):
    """A reader holds the version."""


def _drop_version(connection: psycopg.Connection, table: PublishedTable, version: int) -> None:
    """The lock comes last: readers of the table wait from there to the end of the transaction."""
    registry.forget_version(connection, table, version)
    name = identifier(table.version(version))
    if columns_of(connection, table.version(version)):
        try:
            # A wait would have every new reader of the table queue behind it.
            connection.execute(
                sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(name)
            )
        except errors.LockNotAvailable as error:
            raise _InUse from error
        connection.execute(sql.SQL("DROP TABLE {}").format(name))
