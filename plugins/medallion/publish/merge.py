"""`merge`: upsert on the primary key into the current version; newer wins by data interval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg import sql

from medallion.names import DATA_INTERVAL_END, PublishedTable, TableName
from medallion.publish.relations import VERSION, create_child, identifier, names


def create_version(
    table: PublishedTable, version: int, primary_key: Sequence[str]
) -> Sequence[sql.Composed]:
    """An empty version to merge into, with the unique index that the upsert needs."""
    return [
        create_child(table, version),
        sql.SQL("CREATE UNIQUE INDEX ON {} ({})").format(
            identifier(table.version(version)), names(primary_key)
        ),
    ]


def upsert(
    table: PublishedTable,
    staging: TableName,
    version: int,
    *,
    columns: Sequence[str],
    primary_key: Sequence[str],
    interval_end: datetime,
) -> sql.Composed:
    """Insert new keys, overwrite those whose state is not from a later interval.

    A row of the same interval is overwritten too: running a day again corrects it.
    """
    changed = [name for name in columns if name not in primary_key] + [DATA_INTERVAL_END]
    return sql.SQL(
        "INSERT INTO {target} AS t ({columns}, {interval}, {version}) "
        "SELECT {staged}, {end}, {number} FROM {staging} AS s "
        "ON CONFLICT ({key}) DO UPDATE SET {changes} "
        "WHERE excluded.{interval} >= t.{interval}"
    ).format(
        target=identifier(table.version(version)),
        columns=names(columns),
        interval=sql.Identifier(DATA_INTERVAL_END),
        version=sql.Identifier(VERSION),
        staged=names(columns, of="s"),
        end=sql.Literal(interval_end),
        number=sql.Literal(version),
        staging=identifier(staging),
        key=names(primary_key),
        changes=sql.SQL(", ").join(
            sql.SQL("{} = excluded.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in changed
        ),
    )
