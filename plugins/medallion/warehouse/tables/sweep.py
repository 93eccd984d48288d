"""Tidying: old versions that nobody reads, and staging tables that nobody will publish."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import psycopg
from psycopg import errors, sql

from medallion.errors import WarehouseUnavailable
from medallion.names import Area, PublishedTable, TableName, run_key
from medallion.publish.relations import identifier, parent_of
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.pins import pins_of
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.partitioned import drop_partitioned
from medallion.warehouse.tables.selects import list_partitioned, list_shown_selects, name_versions

SQL = "tables/sweep.sql"
STAGING_KEPT = timedelta(days=7)
"""A failed run's staging table stays this long: its operator may look at it and resume from it."""


def drop_old_versions(
    url: str, table: PublishedTable, keep: int, log: logging.Logger
) -> tuple[int, ...]:
    """Drop the versions beyond the latest `keep` that nobody has pinned; returns those dropped.

    Whoever plans a query of the table locks all its versions: so each is first taken out of the
    table, in a moment, and dropped when no query finds it any more. A version that a reader still
    holds is left for the next publication.
    """
    with session(url, f"reading the versions of {table.public}") as connection:
        publications = registry.list_with_version(connection, table)
        left = _find_detached(connection, table)
        pinned = pins_of(connection, table)
        shown = list_shown_selects(connection, table)
        there = name_versions(connection, table, shown)
        # Also of a former shape, which the view cannot show: one that was pinned.
        partitioned = set(list_partitioned(connection, table))
    kept = sorted({p.version for p in publications if p.version_kept}, reverse=True)
    # A version whose table somebody has dropped by hand does not count among the latest `keep`.
    latest = [version for version in kept if table.version(version).table in there][:keep]
    current = {p.version for p in publications if p.is_current}
    selects = {one.number for one in shown} - partitioned  # these go with the next new SELECT
    stay = {*latest, *current, *pinned, *selects}
    old = [one for one in kept if one not in stay]
    gone = [one for one in old if one in partitioned and _drop_whole(url, table, one, log)]
    taken = [one for one in old if one not in partitioned and _take_out(url, table, one, log)]
    if taken or left:
        _drop(url, table, [*map(table.version, taken), *left])
    return (*gone, *taken)


def _drop_whole(url: str, table: PublishedTable, version: int, log: logging.Logger) -> bool:
    """Drop a version with all its partitions, which the public view knows by name. It is tried for
    a moment: a reader in the way has it left for the next publication."""
    try:
        with session(url, f"dropping {table.version(version)}") as connection:
            one_at_a_time(connection, table)
            if version in pins_of(connection, table):  # just now
                return False
            if not registry.is_seen_by_nobody(connection, table, version):
                raise _InUse
            connection.execute("SET LOCAL lock_timeout = '50ms'")
            registry.forget_version(connection, table, version)
            drop_partitioned(connection, table, version)
            return True
    except (_InUse, WarehouseUnavailable):
        log.info("%s is still being read: it is dropped later", table.version(version))
        return False


def sweep_staging(url: str, table: PublishedTable, keep_run: str | None = None) -> tuple[str, ...]:
    """Drop this table's staging tables that are older than a week; returns their names.

    The age is that of the run's last task in the registry. The table of an unknown run stays, and
    so does that of `keep_run`.
    """
    with session(url, f"sweeping the staging tables of {table.public}") as connection:
        stale = [name for name in _stale(connection, table) if not keep_run or keep_run not in name]
        for name in stale:
            staging = TableName(table.schema(Area.STAGING), name)
            # With it goes the view that a gate which was killed has left of it.
            connection.execute(
                sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(identifier(staging))
            )
            select = table.as_select(name.removeprefix(f"{table.name}__"))
            connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(identifier(select)))
    return tuple(stale)


def _stale(connection: psycopg.Connection, table: PublishedTable) -> list[str]:
    names = connection.execute(
        statements(SQL)["tables_in_schema"], {"schema": table.schema(Area.STAGING)}
    ).fetchall()
    ours = [name for (name,) in names if name.startswith(f"{table.name}__")]
    if not ours:
        return []  # as a rule, and then the runs, which may be many, are not asked for
    rows = connection.execute(
        statements(SQL)["runs_of_tasks"], {"kept": STAGING_KEPT, "tasks": f"{table.name}.%"}
    ).fetchall()
    old = {run_key(dag_id, run_id) for dag_id, run_id, is_old in rows if is_old}
    of_run = (table.staging, table.rejects, table.part_list)
    wanted = {name(key).table for key in old for name in of_run}
    return [name for name in ours if name in wanted]


def _take_out(url: str, table: PublishedTable, version: int, log: logging.Logger) -> bool:
    physical = table.version(version)
    try:
        with session(url, f"taking {physical} out") as connection:
            one_at_a_time(connection, table)
            if version in pins_of(connection, table):  # just now
                return False
            if registry.is_seen_by_nobody(connection, table, version):
                return _detach(connection, table, version)
    except _InUse:
        pass
    log.info("%s is still being read: it is dropped after a later publication", physical)
    return False


def _drop(url: str, table: PublishedTable, names: Sequence[TableName]) -> None:
    """Drop what no query of the table looks at any more: also what a killed try has left. What a
    reader has come upon in the last moment is left for the next time.
    """
    with (
        suppress(WarehouseUnavailable),
        session(url, f"dropping former versions of {table.public}") as connection,
    ):
        # These tables are out of the parent already: no new query waits here, only an old one is
        # waited for.
        connection.execute("SET LOCAL lock_timeout = '1s'")
        for name in names:
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(name)))


class _InUse(Exception):
    """A reader holds the version."""


def _detach(connection: psycopg.Connection, table: PublishedTable, version: int) -> bool:
    """Take a version out of the table, in one message to the server: readers wait for its lock, so
    nothing of ours and no disk comes between lock and commit. The commit may be lost in a crash of
    the server: then nothing has happened.

    False where another publication has done it, and drops it, while this one waited for its turn.
    """
    registry.forget_version(connection, table, version)
    asked = [identifier(table.version(version)).as_string(connection)]
    if not connection.execute(statements(SQL)["has_parent"], asked).fetchone():
        return False
    # The commit would wait for the disk while the lock keeps every reader out.
    connection.execute("SET LOCAL synchronous_commit = off")
    name = identifier(table.version(version))
    try:
        # A wait would have every new reader of the table queue behind it.
        connection.execute(
            sql.SQL(
                "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT;"
                " ALTER TABLE {} NO INHERIT {}; COMMIT"
            ).format(name, name, identifier(parent_of(table)))
        )
    except errors.LockNotAvailable as error:
        raise _InUse from error
    return True


def _find_detached(connection: psycopg.Connection, table: PublishedTable) -> list[TableName]:
    """Forgotten versions that are there, and not the table's any more."""
    schema = table.schema(Area.STORE)
    rows = connection.execute(
        statements(SQL)["detached"], {"schema": schema, **table.key()}
    ).fetchall()
    return [TableName(schema, row[0]) for row in rows]
