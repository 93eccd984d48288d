"""What the gates of one table found, run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row, dict_row

from medallion.names import PublishedTable
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/quality.sql"
RUNS = 30
_LOOKED_AT = 2000
"""Results of each layer among which the last runs are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of one run, as its gate found it. `examples`: up to three failing values."""

    dag_id: str
    run_id: str
    task_id: str
    check_id: str
    layer: str
    check_name: str
    kwargs: Mapping[str, object]
    on_failure: str
    status: str
    rows_checked: int | None
    rows_failed: int | None
    observed: object
    examples: Sequence[object] | None
    description: str
    evaluated_at: datetime
    publication_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRun:
    """A run whose gates have judged the table. Times in UTC."""

    dag_id: str
    run_id: str
    evaluated_at: datetime


def gate_runs(session: Session, table: PublishedTable, most: int = RUNS) -> list[GateRun]:
    """The last runs that have judged a table, the latest first."""
    asked = {**_of(table), "most": most, "looked_at": _LOOKED_AT}
    with session.cursor(row_factory=class_row(GateRun)) as cursor:
        return cursor.execute(statements(SQL)["runs"], asked).fetchall()


def check_results(
    session: Session, table: PublishedTable, runs: Sequence[GateRun]
) -> list[CheckResult]:
    """Every check of some runs, by layer and check."""
    asked = {
        **_of(table),
        "dag_ids": [run.dag_id for run in runs],
        "run_ids": [run.run_id for run in runs],
    }
    with session.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements(SQL)["results"], asked).fetchall()
    return [CheckResult(**row) for row in rows]


def _of(table: PublishedTable) -> dict[str, object]:
    return {
        "layers": list(table.gated_layers),
        "domain": table.domain,
        "table_name": table.name,
    }
