"""What became of one table over time, and how it looks in PostgreSQL now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from medallion.names import PublishedTable
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/history.sql"
MOST = 60
"""Publications that a page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One publication: rows_read = published + quarantined + deduplicated + discarded."""

    publication_id: int
    version: int
    write_disposition: str
    dag_id: str
    run_id: str
    data_interval_start: datetime
    data_interval_end: datetime
    published_at: datetime
    spec_digest: str
    load_id: int | None
    rows_read: int
    rows_published: int
    rows_quarantined: int
    rows_deduplicated: int
    rows_discarded: int
    rows_deleted: int
    rows_total: int
    bytes: int | None
    """On disk afterwards, with indexes; None: it was not kept then."""
    is_current: bool
    version_kept: bool
    spec_commit: str | None
    """That the project was checked out at; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedColumn:
    """A column of the public view, with PostgreSQL's name of its type."""

    name: str
    type: str
    description: str


def ledger(session: Session, table: PublishedTable, most: int = MOST) -> list[LedgerRow]:
    """The last publications of a table, the latest first."""
    with session.cursor(row_factory=class_row(LedgerRow)) as cursor:
        asked = {**table.key(), "most": most}
        return cursor.execute(statements(SQL)["publications"], asked).fetchall()


def current_commit(session: Session, table: PublishedTable) -> str | None:
    """The commit that the version which readers see was made of, where that is known."""
    row = session.execute(statements(SQL)["current_commit"], table.key()).fetchone()
    return row[0] if row else None


def sizes(session: Session, table: PublishedTable) -> Mapping[int, int]:
    """Bytes on disk of each version that is kept."""
    rows = session.execute(statements(SQL)["sizes"], table.key()).fetchall()
    return {version: size for version, size in rows if size is not None}


def read_published_columns(session: Session, table: PublishedTable) -> list[PublishedColumn]:
    """The columns that readers see now; none of a table that was never published."""
    asked = {"schema": table.public.schema, "view": table.public.table}
    with session.cursor(row_factory=class_row(PublishedColumn)) as cursor:
        return cursor.execute(statements(SQL)["columns"], asked).fetchall()
