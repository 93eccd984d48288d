"""Partitions of a large table: stretches of time, each a table of its own (`partition_by`).

    silver_bank.payments                      the public view
      └─ store_silver_bank.payments__v1       the version: a view on
           └─ payments__v1__rows              the partitioned table
                ├─ payments__v1__p2026_01     January, in UTC
                └─ payments__v1__p2026_02

PostgreSQL lets no partitioned table inherit, as versions do. So a version of this kind is a view,
which the public view shows as it shows a SELECT. Rows are written through it: PostgreSQL passes on
to the table what is inserted and deleted, and each row to its partition. There is no default
partition, which would take rows without a word: a publication makes the partitions that its rows
need, and refuses a row without a time.

A session keeps the list of partitions that it has read: a transaction could see rows of a
publication in the partitions that it knows, and miss those in a new one. So new partitions are
attached, empty, before the publication's transaction, and the public view names a partitioned
version by a function that has PostgreSQL look again: medallion.current_partitioned_version().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from medallion.names import PublishedTable, TableName
from medallion.time_grains import ceil_to

if TYPE_CHECKING:
    from psycopg import sql

PartitionGrain = Literal["day", "week", "month", "year"]
MOST_PARTITIONS = 1000
"""A query without a condition on the time locks each, with its indexes; the server has room for
some
thousands of locks in all (`max_locks_per_transaction`)."""
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""A time beyond them is an error of the data: 0202, 9999."""
PARTITIONED = "__rows"
"""Ends the name of the partitioned table behind a version."""
_NAMES = {"day": "%Y_%m_%d", "week": "%Y_%m_%d", "month": "%Y_%m", "year": "%Y"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Partitions:
    """How a table is partitioned.

    Attributes:
        column: of its own: a date or a time.
        grain: of a partition: whole ones of these, in UTC.
        retention: how long a partition is kept after its end; None: for ever.
    """

    column: str
    grain: PartitionGrain
    retention: timedelta | None = None

    def __str__(self) -> str:
        """What is kept with the table, to see whether the spec says something else now.

        >>> str(Partitions(column="paid_at", grain="month"))
        'by month of paid_at'
        """
        return f"by {self.grain} of {self.column}"

    def end_of(self, start: datetime) -> datetime:
        """The end of the partition that begins then.

        >>> month = Partitions(column="day", grain="month")
        >>> month.end_of(datetime(2026, 2, 1, tzinfo=UTC)).isoformat()
        '2026-03-01T00:00:00+00:00'
        """
        return ceil_to(start + timedelta(microseconds=1), self.grain)

    def is_past(self, end: datetime, now: datetime) -> bool:
        """Whether the partition of this end is kept no longer."""
        return self.retention is not None and end <= now - self.retention

    def name_of(self, table: PublishedTable, version: int, start: datetime) -> TableName:
        """The partition of a version that begins then.

        >>> payments = PublishedTable.of(TableName("silver_bank", "payments"))
        >>> month = Partitions(column="day", grain="month")
        >>> str(month.name_of(payments, 1, datetime(2026, 2, 1, tzinfo=UTC)))
        'store_silver_bank.payments__v1__p2026_02'
        """
        name = table.version(version)
        return TableName(name.schema, f"{name.table}__p{start.strftime(_NAMES[self.grain])}")


def rows_of(version: TableName) -> TableName:
    """The partitioned table behind a version.

    >>> str(rows_of(TableName("store_silver_bank", "payments__v1")))
    'store_silver_bank.payments__v1__rows'
    """
    return TableName(version.schema, f"{version.table}{PARTITIONED}")


def create_version_in_partitions(
    version: TableName,
    parent: TableName,
    partitions: Partitions,
    indexed: Sequence[str],
    *,
    unique: bool,
) -> Sequence[sql.Composed]:
    """An empty version: the partitioned table with the columns of the versions' parent, its index,
    how it is partitioned as its comment, and the view."""
    from psycopg import sql

    from medallion.publish.relations import identifier, names

    rows = identifier(rows_of(version))
    made = [
        sql.SQL("CREATE TABLE {} (LIKE {}) PARTITION BY RANGE ({})").format(
            rows, identifier(parent), sql.Identifier(partitions.column)
        )
    ]
    if indexed:
        kind = sql.SQL("UNIQUE INDEX" if unique else "INDEX")
        made.append(sql.SQL("CREATE {} ON {} ({})").format(kind, rows, names(indexed)))
    return [
        *made,
        sql.SQL("COMMENT ON TABLE {} IS {}").format(rows, sql.Literal(str(partitions))),
        sql.SQL("CREATE VIEW {} AS SELECT * FROM {}").format(identifier(version), rows),
    ]


def create_partition(
    version: TableName, partition: TableName, start: datetime, end: datetime
) -> Sequence[sql.Composed]:
    """An empty partition of the version's table, which holds what is in a stretch of time.

    It is made first and attached then: that waits for no reader and keeps none out, which
    `CREATE TABLE … PARTITION OF` would. Attached, it gets the indexes of the others.
    """
    from psycopg import sql

    from medallion.publish.relations import identifier

    words = {
        "partition": identifier(partition),
        "rows": identifier(rows_of(version)),
        "start": sql.Literal(start.isoformat()),
        "end": sql.Literal(end.isoformat()),
    }
    return [
        sql.SQL("CREATE TABLE {partition} (LIKE {rows})").format(**words),
        sql.SQL(
            "ALTER TABLE {rows} ATTACH PARTITION {partition} FOR VALUES FROM ({start}) TO ({end})"
        ).format(**words),
    ]
