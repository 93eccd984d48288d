"""The open rows of one table's quarantine, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import dict_row

from medallion.names import PublishedTable
from medallion.publish.relations import identifier
from medallion.warehouse.quarantine.report import reason_kind
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/quarantined.sql"
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """One open row. `record`: as it was when it was quarantined, protected values protected; any
    JSON, not objects alone."""

    quarantine_id: int
    dag_id: str
    run_id: str
    stage: str
    reasons: Sequence[str]
    record: object
    record_number: int | None
    quarantined_at: datetime


def read_quarantined_rows(
    session: Session,
    table: PublishedTable,
    run_id: str | None = None,
    reason: str | None = None,
    after: int = 0,
) -> list[QuarantinedRow]:
    """A page of open rows, the oldest first, and one more where there are more.

    Args:
        run_id: of one run; None: of all.
        reason: as `report.reasons` counts them, without the value.
        after: the number of the last row of the page before.
    """
    if not columns_of(session, table.quarantine):
        return []
    query = statements(SQL)["rows"].format(
        table=identifier(table.quarantine), reason_kind=reason_kind()
    )
    asked = {"run_id": run_id, "reason": reason, "after": after, "most": PAGE + 1}
    with session.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, asked).fetchall()
    return [QuarantinedRow(**row) for row in rows]
