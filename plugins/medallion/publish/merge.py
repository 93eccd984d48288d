"""`merge`: upsert on the primary key into the current version; newer wins by data interval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg import sql

from medallion.names import DATA_INTERVAL_END, DELETED_AT, PublishedTable, TableName
from medallion.publish.relations import create_child, identifier, insert_staged, names


def create_version(
    table: PublishedTable, version: int, primary_key: Sequence[str]
) -> Sequence[sql.Composed]:
    """An empty version to merge into, with the unique index that the upsert needs."""
    return create_child(table, version, primary_key)


def upsert(
    table: PublishedTable,
    staging: TableName,
    version: int,
    *,
    columns: Sequence[str],
    primary_key: Sequence[str],
    interval_end: datetime,
    revive: bool = False,
) -> sql.Composed:
    """Insert new keys, overwrite those whose state is not from a later interval.

    A row of the same interval is overwritten too: running a day again corrects it.

    Args:
        revive: what is staged is not deleted (any more).
    """
    changed = [name for name in columns if name not in primary_key] + [DATA_INTERVAL_END]
    changed += [DELETED_AT] if revive else []  # no staged row has it: NULL
    target = sql.SQL("{} AS t").format(identifier(table.version(version)))
    return sql.SQL(
        "{insert} ON CONFLICT ({key}) DO UPDATE SET {changes} "
        "WHERE excluded.{interval} >= t.{interval}"
    ).format(
        insert=insert_staged(target, staging, version, columns=columns, interval_end=interval_end),
        key=names(primary_key),
        changes=sql.SQL(", ").join(
            sql.SQL("{} = excluded.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in changed
        ),
        interval=sql.Identifier(DATA_INTERVAL_END),
    )
