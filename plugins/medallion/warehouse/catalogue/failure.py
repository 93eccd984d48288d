"""The task that failed last, as the registry keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/failure.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One task of one run, in its latest try. `is_over`: the same task has ended well since."""

    dag_id: str
    run_id: str
    task_id: str
    try_number: int
    step: str
    error: str | None
    finished_at: datetime
    is_over: bool


def last_failure(
    session: Session, dag_id: str | None = None, table_name: str | None = None
) -> Failure | None:
    """The latest failure; None where nothing has failed.

    Args:
        session: of a role that reads the registry.
        dag_id: of one pipeline; None: of all.
        table_name: of one of its tables, without its schema; None: of all.
    """
    asked = {"dag_id": dag_id, "table_name": table_name}
    with session.cursor(row_factory=class_row(Failure)) as cursor:
        return cursor.execute(statements(SQL)["last"], asked).fetchone()
