"""`replace`: the staging table itself becomes the new version. No row is copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from medallion.names import DATA_INTERVAL_END, Layer, PublishedTable, TableName
from medallion.publish.disposition import Staged, WriteDisposition, Written

if TYPE_CHECKING:
    from psycopg import sql


@dataclass(frozen=True, slots=True)
class Replace(WriteDisposition):
    """A version of its own for each run: what it has not brought is gone."""

    name = "replace"
    whole = True
    moves_staging = True
    why_no_missing_keys = "each run brings the whole table"

    def write(self, staged: Staged) -> Written:
        """Move the staging table among the versions."""
        version = staged.next_version()
        statements = publish(
            staged.table,
            staged.staging,
            version,
            indexes=staged.indexes(),
            interval_end=staged.interval_end,
        )
        for statement in statements:
            staged.execute(statement)
        return Written(version=version, published=staged.rows, whole=True)


REPLACE = Replace()
"""What gold and a spec that says nothing have."""


def publish(
    table: PublishedTable,
    staging: TableName,
    version: int,
    *,
    indexes: Sequence[str],
    interval_end: datetime,
) -> Sequence[sql.Composed]:
    """Move the staging table among the versions.

    Constant columns are added with a default, which PostgreSQL keeps in its catalogue: no row is
    written. The constraint reads the table once, before any reader knows it. The staging table's
    indexes move with it under names of the version: a run that is done again makes the same ones.
    """
    from psycopg import sql

    from medallion.publish.relations import VERSION, identifier, parent_of, version_check

    target = table.version(version)
    staged = identifier(staging)
    statements = [
        sql.SQL("ALTER TABLE {} ADD COLUMN {} integer NOT NULL DEFAULT {} {}").format(
            staged, sql.Identifier(VERSION), sql.Literal(version), version_check(version)
        )
    ]
    if table.layer is Layer.SILVER:
        statements.append(
            sql.SQL("ALTER TABLE {} ADD COLUMN {} timestamptz NOT NULL DEFAULT {}").format(
                staged, sql.Identifier(DATA_INTERVAL_END), sql.Literal(interval_end)
            )
        )
    renamed = [
        sql.SQL("ALTER INDEX {} RENAME TO {}").format(
            sql.Identifier(staging.schema, index), sql.Identifier(f"{target.table}__index{number}")
        )
        for number, index in enumerate(indexes, start=1)
    ]
    return [
        *statements,
        *renamed,
        sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(staged, sql.Identifier(target.schema)),
        sql.SQL("ALTER TABLE {} RENAME TO {}").format(
            sql.Identifier(target.schema, staging.table), sql.Identifier(target.table)
        ),
        sql.SQL("ALTER TABLE {} INHERIT {}").format(
            identifier(target), identifier(parent_of(table))
        ),
    ]
