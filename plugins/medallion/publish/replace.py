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
    """Makes each run's rows a version of their own: what the run did not bring is gone."""

    name = "replace"
    whole = True
    moves_staging = True
    why_no_missing_keys = "each run brings the whole table"

    def write(self, staged: Staged) -> Written:
        """Turn the staging table into the next version. No row is copied."""
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
    """The statements that turn the staging table into a version.

    Constant columns are added with a default, which PostgreSQL keeps in its catalogue: no row is
    written. The CHECK reads the table once, before any reader knows of it. The indexes are renamed
    after the version, so a second try makes the same names. INHERIT comes last: it is what makes
    the rows reachable through the parent.
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
