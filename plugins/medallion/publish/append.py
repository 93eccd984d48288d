"""`append`: an interval's rows take the place of those that an earlier run of it has brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg import sql

from medallion.names import DATA_INTERVAL_END, PublishedTable, TableName
from medallion.publish.relations import VERSION, create_child, identifier, names


def create_version(
    table: PublishedTable, version: int, primary_key: Sequence[str]
) -> Sequence[sql.Composed]:
    """An empty version, with the index that finds an interval; a key is unique within one."""
    kind = sql.SQL("UNIQUE INDEX" if primary_key else "INDEX")
    return [
        create_child(table, version),
        sql.SQL("CREATE {} ON {} ({})").format(
            kind, identifier(table.version(version)), names([DATA_INTERVAL_END, *primary_key])
        ),
    ]


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
    return sql.SQL(
        "INSERT INTO {target} ({columns}, {interval}, {version})"
        " SELECT {staged}, {end}, {number} FROM {staging} AS s"
    ).format(
        target=identifier(table.version(version)),
        columns=names(columns),
        interval=sql.Identifier(DATA_INTERVAL_END),
        version=sql.Identifier(VERSION),
        staged=names(columns, of="s"),
        end=sql.Literal(interval_end),
        number=sql.Literal(version),
        staging=identifier(staging),
    )
