"""How the version of a table that readers see is kept on the disk: indexes and partitions, with
their sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from medallion.names import PublishedTable
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/storage.sql"
_DAYS = re.compile(r"FROM \('(\d{4}-\d\d-\d\d)[^']*'\) TO \('(\d{4}-\d\d-\d\d)[^']*'\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOnDisk:
    """An index of the current version."""

    definition: str
    """As PostgreSQL says it, from the method on: `btree (shop, day)`."""
    is_unique: bool
    is_of_spec: bool
    """Whether `indexes` of the spec asked for it; else it is that of the key, or of publishing."""
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionOnDisk:
    """A partition of the current version."""

    start: str
    """Its first day, 2026-01-01."""
    end: str
    """The day after its last one."""
    rows: int
    """By PostgreSQL's statistics: as of when it was analyzed last."""
    bytes: int
    """With its indexes."""


def read_indexes(session: Session, table: PublishedTable) -> Sequence[IndexOnDisk]:
    """The indexes of the version that readers see; none of a view, or of a table that was never
    published."""
    with session.cursor(row_factory=class_row(IndexOnDisk)) as cursor:
        return cursor.execute(statements(SQL)["indexes"], table.key()).fetchall()


def read_partitions(session: Session, table: PublishedTable) -> Sequence[PartitionOnDisk]:
    """The partitions of the version that readers see, the latest first; none of a table without."""
    rows = session.execute(statements(SQL)["partitions"], table.key()).fetchall()
    return tuple(
        PartitionOnDisk(start=days[1], end=days[2], rows=count, bytes=size)
        for bounds, count, size in rows
        if (days := _DAYS.search(bounds))
    )
