"""`append`: an interval's rows take the place of those that an earlier run of it has brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from medallion.names import DATA_INTERVAL_END, LOAD_ID, PublishedTable, TableName
from medallion.publish.disposition import Beside, Staged, WriteDisposition, Written

if TYPE_CHECKING:
    from psycopg import sql


@dataclass(frozen=True, slots=True)
class Append(WriteDisposition):
    """Adds the interval's rows; those that an earlier run brought for this interval are removed
    first."""

    name = "append"
    appends = True
    can_be_partitioned = True
    why_no_missing_keys = "rows that were added stay"

    def write(self, staged: Staged) -> Written:
        """Delete the interval's rows, then insert the staged ones: running an interval again adds
        nothing twice."""
        table, end = staged.table, staged.interval_end
        version = staged.version_to_write(create_version)
        # By the interval and not by the run: clearing a task, and another run of the same day, both
        # replace what the first one brought.
        # But a source that is read on gives each run other rows: another run's stay.
        forget = forget_interval(table, version, end)
        if staged.own_load is not None:
            forget = forget_own(
                table, staged.staging, version,
                primary_key=staged.primary_key, interval_end=end, own_load=staged.own_load,
            )  # fmt: skip
        replaced = staged.execute(forget)
        published = staged.execute(
            insert(table, staged.staging, version, columns=staged.columns, interval_end=end)
        )
        staged.drop()
        return Written(version=version, published=published, replaced=replaced)

    def list_indexed(self, primary_key: Sequence[str]) -> tuple[str, ...]:
        """The interval comes first: its rows are replaced as a whole."""
        return (DATA_INTERVAL_END, *primary_key)

    def sides(self, beside: Beside) -> tuple[sql.Composed, sql.Composed]:
        """The interval's rows, then and now."""
        from psycopg import sql

        from medallion.publish.relations import select_rows

        same = sql.SQL("t.{} = {}").format(
            sql.Identifier(DATA_INTERVAL_END), sql.Literal(beside.order.interval_end)
        )
        published = select_rows(beside.table.version(beside.version), same)
        return published, select_rows(beside.staging)


APPEND = Append()


def create_version(
    table: PublishedTable, version: int, primary_key: Sequence[str]
) -> Sequence[sql.Composed]:
    """An empty version with an index that starts with the interval; with a key, unique within one
    interval."""
    from medallion.publish.relations import create_child

    indexed = APPEND.list_indexed(primary_key)
    return create_child(table, version, indexed, unique=bool(primary_key))


def forget_interval(table: PublishedTable, version: int, interval_end: datetime) -> sql.Composed:
    """Delete every row of the version whose interval ends at `interval_end`, whichever run wrote
    it.

    >>> from datetime import UTC, datetime
    >>> days = PublishedTable.of(TableName("silver_bank", "days"))
    >>> print(forget_interval(days, 3, datetime(2026, 1, 31, tzinfo=UTC)).as_string())
    DELETE FROM "store_silver_bank"."days__v3"
    WHERE "_data_interval_end" = '2026-01-31 00:00:00+00:00'::timestamptz
    """
    from psycopg import sql

    from medallion.publish.relations import identifier

    return sql.SQL("DELETE FROM {} WHERE {} = {}").format(
        identifier(table.version(version)),
        sql.Identifier(DATA_INTERVAL_END),
        sql.Literal(interval_end),
    )


def forget_own(
    table: PublishedTable,
    staging: TableName,
    version: int,
    *,
    primary_key: Sequence[str],
    interval_end: datetime,
    own_load: int,
) -> sql.Composed:
    """Delete the interval's rows of one landing, and those with a key that is staged: a key is
    there once in an interval."""
    from psycopg import sql

    from medallion.publish.relations import identifier

    which = sql.SQL("{} = {}").format(sql.Identifier(LOAD_ID), sql.Literal(own_load))
    if primary_key:
        key = sql.SQL(", ").join(map(sql.Identifier, primary_key))
        which = sql.SQL("({which} OR ({key}) IN (SELECT {key} FROM {staging}))").format(
            which=which, key=key, staging=identifier(staging)
        )
    return sql.SQL("{} AND {}").format(forget_interval(table, version, interval_end), which)


def insert(
    table: PublishedTable,
    staging: TableName,
    version: int,
    *,
    columns: Sequence[str],
    interval_end: datetime,
) -> sql.Composed:
    """Insert every staged row, each marked with `interval_end`."""
    from medallion.publish.relations import identifier, insert_staged

    target = identifier(table.version(version))
    return insert_staged(target, staging, version, columns=columns, interval_end=interval_end)
