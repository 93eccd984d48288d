"""Holds a publication to the very table that its gate judged, not another of the same name."""

from __future__ import annotations

from collections.abc import Sequence

from medallion.plan.model import GateStep, PlannedTask, PublishStep, Step
from medallion.steps.context import StepContext
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import report_lost_staging
from medallion.warehouse.session.relations import oid_of
from medallion.warehouse.session.transaction import session

STAGED_AS = "staged_as"
"""In a gate's details: the number that PostgreSQL has given the table that it judged."""
JUDGED_AGAINST = "judged_against"
"""The same: the publication whose rows it judged with the run's own; 0: none."""


def hold_to_gate(step: Step, context: StepContext, before: Sequence[PlannedTask]) -> None:
    """Compare the staging table's oid with the one that its gate recorded.

    Raises:
        StagingLost: the gate has not passed, or judged an earlier table.
    """
    if not isinstance(step, PublishStep):
        return
    for one in (step, *step.together):
        gates = [
            task.task_id
            for task in before
            if isinstance(task.step, GateStep) and task.step.table == one.table
        ]
        if gates:
            _hold_to(gates[-1], one, context)


def _hold_to(gate: str, step: PublishStep, context: StepContext) -> None:
    with session(context.warehouse_url, "reading the registry") as connection:
        staged = oid_of(connection, step.table.staging(context.run_key))
        record = registry.task_record(connection, context.run, gate)
    if staged is None:
        return  # published by an earlier try, or never made: the publication looks
    if record is None:
        raise report_lost_staging(step.table, f"{gate} has not let it pass")
    judged = (record.details or {}).get(STAGED_AS)
    if judged not in (None, staged):
        raise report_lost_staging(step.table, f"{gate} has judged an earlier one")
