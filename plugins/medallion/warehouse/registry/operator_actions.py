"""The journal of what people have changed by hand: who, when, what, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from medallion.names import PublishedTable
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "registry/operator_actions.sql"
MOST = 20
REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAction:
    """One entry. Times in UTC; `details` says what was meant and what came of it."""

    done_at: datetime
    done_by: str
    action: str
    details: Mapping[str, object]


def record_action(
    session: Session,
    table: PublishedTable,
    *,
    by: str,
    action: str,
    details: Mapping[str, object],
) -> None:
    """Add an entry, in the transaction that does what it says."""
    asked = {"done_by": by, "action": action, "details": Jsonb(dict(details))}
    session.execute(statements(SQL)["record"], {**table.key(), **asked})


def is_journalled(session: Session, table: PublishedTable, action: str, dag_run: str) -> bool:
    """Whether there is an entry of what a run of Airflow does to a table."""
    asked = {**table.key(), "action": action, "dag_run": dag_run}
    row = session.execute(statements(SQL)["is_journalled"], asked).fetchone()
    return bool(row and row[0])


def record_pipeline_action(
    session: Session, dag_id: str, *, by: str, action: str, details: Mapping[str, object]
) -> None:
    """Add an entry of a pipeline, in the transaction that does what it says."""
    asked = {"done_by": by, "action": action, "details": Jsonb(dict(details))}
    key = {"dag_id": dag_id, "domain": dag_id.partition(".")[0]}
    session.execute(statements(SQL)["record_of_pipeline"], {**key, **asked})


def pipeline_actions(session: Session, dag_id: str) -> list[OperatorAction]:
    """The last entries of a pipeline, the latest first."""
    with session.cursor(row_factory=class_row(OperatorAction)) as cursor:
        asked = {"dag_id": dag_id, "most": MOST}
        return cursor.execute(statements(SQL)["of_pipeline"], asked).fetchall()


def actions_of(session: Session, table: PublishedTable) -> list[OperatorAction]:
    """The last entries of a table, the latest first."""
    with session.cursor(row_factory=class_row(OperatorAction)) as cursor:
        asked = {**table.key(), "most": MOST}
        return cursor.execute(statements(SQL)["of_table"], asked).fetchall()
