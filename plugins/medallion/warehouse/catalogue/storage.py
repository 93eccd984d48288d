"""How the version of a table that readers see is kept on the disk: its indexes, with sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from medallion.names import PublishedTable
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/storage.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOnDisk:
    """An index of the current version."""

    definition: str
    """As PostgreSQL says it, from the method on: `btree (shop, day)`."""
    is_unique: bool
    is_of_spec: bool
    """Whether `indexes` of the spec asked for it; else it is that of the key, or of publishing."""
    bytes: int


def read_indexes(session: Session, table: PublishedTable) -> Sequence[IndexOnDisk]:
    """The indexes of the version that readers see; none of a view, or of a table that was never
    published."""
    with session.cursor(row_factory=class_row(IndexOnDisk)) as cursor:
        return cursor.execute(statements(SQL)["indexes"], table.key()).fetchall()
