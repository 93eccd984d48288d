"""What one run of a pipeline did, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/run.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTable:
    """One table of a run. Of one that was not published, version and layer are None, rows are 0.

    `last_…`: of the task that failed, else of the one that ended last. `checks`: how many by
    status. `is_asked`: whether a person was asked before its publication, and has not answered.
    """

    table_name: str
    layer: str | None
    publication_id: int | None
    version: int | None
    published_at: datetime | None
    rows_total: int | None
    rows_read: int
    rows_published: int
    rows_quarantined: int
    rows_deduplicated: int
    rows_discarded: int
    last_task: str
    last_status: str
    last_error: str | None
    seconds: float
    checks: Mapping[str, int]
    is_asked: bool


def run_tables(session: Session, dag_id: str, run_id: str) -> list[RunTable]:
    """The tables of a run of which a task has ended, in the order in which they began."""
    with session.cursor(row_factory=class_row(RunTable)) as cursor:
        asked = {"dag_id": dag_id, "run_id": run_id}
        return cursor.execute(statements(SQL)["tables"], asked).fetchall()
