"""What a gate that stays shut leaves for alerts; one that opens again says that it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from medallion.checks.outcome import CheckOutcome, CheckStatus
from medallion.checks.resolve import columns_of
from medallion.plan.model import GateStep
from medallion.prose import tally
from medallion.run import Run
from medallion.spec.models.alerts import AlertEvent
from medallion.steps.gate import report
from medallion.warehouse.registry import incidents
from medallion.warehouse.registry.incidents import NewIncident
from medallion.warehouse.session.transaction import Session


def keep_incident(
    connection: Session, step: GateStep, run: Run, outcomes: Sequence[CheckOutcome]
) -> None:
    """Open the gate's incident, or close it. In the transaction that records the gate."""
    table = str(step.table.public)
    key = f"{AlertEvent.GATE_FAILED}:{step.layer}:{table}"
    failed = [outcome for outcome in outcomes if outcome.status is CheckStatus.FAILED]
    if not failed:
        incidents.close_incidents(connection, [key])
        return
    lines = [_without_values(outcome, step) for outcome in failed[: report.MOST_CHECKS]]
    if len(failed) > report.MOST_CHECKS:
        lines.append(f"… and {len(failed) - report.MOST_CHECKS} more")
    incidents.open_incident(
        connection,
        NewIncident(
            key=key,
            event=AlertEvent.GATE_FAILED,
            domain=step.table.domain,
            dag_id=run.dag_id,
            run_id=run.run_id,
            table=table,
            problem=f"{len(failed)} of {tally(len(outcomes), 'check')} failed at the "
            f"{step.layer} gate: "
            "nothing was published",
            details="\n".join(lines),
        ),
    )


def _without_values(outcome: CheckOutcome, step: GateStep) -> str:
    """The check with its figures; values only where all its columns are known not to be personal.
    A check that names no column shows whole rows, or compares counts: figures alone."""
    looked_at = {column for _, column in columns_of(outcome.check.kwargs)}
    if looked_at and looked_at <= step.shown_columns:
        return report.describe(outcome)
    if outcome.rows_failed is None or outcome.rows_checked is None:
        on = f" of {', '.join(sorted(looked_at))}" if looked_at else ""
        return f"✗ {outcome.check.name}{on}"
    return report.describe(replace(outcome, examples=()))
