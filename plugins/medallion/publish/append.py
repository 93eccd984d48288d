"""`append`: an interval's rows take the place of those that an earlier run of it has brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg import sql

from medallion.names import DATA_INTERVAL_END, PublishedTable, TableName
from medallion.publish.relations import create_child, identifier, insert_staged


def create_version(
    table: PublishedTable, version: int, primary_key: Sequence[str]
) -> Sequence[sql.Composed]:
    """An empty version, with the index that finds an interval; a key is unique within one."""
    indexed = [DATA_INTERVAL_END, *primary_key]
    return create_child(table, version, indexed, unique=bool(primary_key))


def forget_interval(table: PublishedTable, version: int, interval_end: datetime) -> sql.Composed:
    """Remove what an earlier run of the interval has brought."""
    return sql.SQL("DELETE FROM {} WHERE {} = {}").format(
        identifier(table.version(version)),
        sql.Identifier(DATA_INTERVAL_END),
        sql.Literal(interval_end),
    )


def insert(
    table: PublishedTable,
    staging: TableName,
    version: int,
    *,
    columns: Sequence[str],
    interval_end: datetime,
) -> sql.Composed:
    """Add every staged row, as one of the interval."""
    target = identifier(table.version(version))
    return insert_staged(target, staging, version, columns=columns, interval_end=interval_end)
