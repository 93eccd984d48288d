"""The registry's record of gates: what each check found, and in which publication its rows went
out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from medallion.checks.outcome import CheckOutcome
from medallion.names import Layer, PublishedTable
from medallion.prose import tally
from medallion.run import Run
from medallion.warehouse.registry.figures import count_checks
from medallion.warehouse.registry.records import SQL
from medallion.warehouse.session.json_values import as_json
from medallion.warehouse.session.statements import statements


def record_outcomes(
    connection: psycopg.Connection,
    run: Run,
    task_id: str,
    try_number: int,
    layer: Layer,
    table: PublishedTable,
    outcomes: Sequence[CheckOutcome],
) -> None:
    """Record the verdicts of one gate; those of an earlier try of the same task are replaced."""
    sql = statements(SQL)
    gate = {"dag_id": run.dag_id, "run_id": run.run_id, "task_id": task_id}
    judged = {"layer": str(layer), "domain": table.domain, "table_name": table.name}
    connection.execute(sql["forget_outcomes"], gate)
    with connection.cursor() as cursor:
        cursor.executemany(
            sql["add_outcome"],
            [
                {
                    **gate,
                    **judged,
                    "try_number": try_number,
                    **_outcome(outcome),
                }
                for outcome in outcomes
            ],
        )
    count_checks(connection, gate, judged)


def _outcome(outcome: CheckOutcome) -> dict[str, Any]:
    check = outcome.check
    return {
        "check_id": check.check_id,
        "check_name": check.name,
        "expectation": check.expectation,
        "kwargs": Jsonb(dict(check.kwargs), dumps=as_json),
        "on_failure": str(check.on_failure),
        "status": str(outcome.status),
        "rows_checked": outcome.rows_checked,
        "rows_failed": outcome.rows_failed,
        "observed": Jsonb(outcome.observed, dumps=as_json),
        "examples": Jsonb(list(outcome.examples), dumps=as_json),
        "description": check.description or None,
    }


def link_outcomes(
    connection: psycopg.Connection, run: Run, table: PublishedTable, publication_id: int
) -> None:
    """Link a publication to the gates of its run: bronze and silver for a silver table, gold for a
    gold one."""
    connection.execute(
        statements(SQL)["link_outcomes"],
        {
            "publication_id": publication_id,
            "dag_id": run.dag_id,
            "run_id": run.run_id,
            "domain": table.domain,
            "table_name": table.name,
            "layers": list(table.gated_layers),
        },
    )


def verdicts_of(connection: psycopg.Connection, publication_id: int) -> dict[str, int]:
    """By status, how many checks a publication was let through by."""
    rows = connection.execute(
        statements(SQL)["verdicts_of"], {"publication_id": publication_id}
    ).fetchall()
    return dict(rows)


_NOT_NULL = "expect_column_values_to_not_be_null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check of one gate found, without a value of a row."""

    check_id: str
    check_name: str
    expectation: str
    column: str
    """Empty: the table, or several columns."""
    on_failure: str
    status: str
    rows_checked: int | None
    rows_failed: int | None
    description: str

    @property
    def is_of_nulls(self) -> bool:
        """Whether what failed are NULLs of its column."""
        return self.expectation == _NOT_NULL

    def count_rows(self) -> str:
        """`3 of 40 rows fail`; empty for a check of the table as a whole."""
        if self.rows_checked is None or self.rows_failed is None:
            return ""
        return f"{self.rows_failed:,} of {tally(self.rows_checked, 'row')} fail"


def read_verdicts(
    connection: psycopg.Connection, dag_id: str, run_id: str, task_id: str
) -> list[Verdict]:
    """What the gate of one task found in its last try, by the ids of its checks."""
    with connection.cursor(row_factory=class_row(Verdict)) as cursor:
        asked = {"dag_id": dag_id, "run_id": run_id, "task_id": task_id}
        return cursor.execute(statements(SQL)["verdicts_of_task"], asked).fetchall()
