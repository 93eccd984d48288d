"""The published tables that a task reads."""

from __future__ import annotations

from collections.abc import Iterator

from medallion.names import TableName
from medallion.plan.model import BuildStep, CleanStep, GateStep, PlannedTask
from medallion.steps.gate.staging import tables_read


def read_by(task: PlannedTask) -> Iterator[TableName]:
    """The published tables that one task reads."""
    step = task.step
    if isinstance(step, BuildStep):
        yield from step.upstream
    elif isinstance(step, GateStep):
        yield from tables_read(step.checks)
    elif isinstance(step, CleanStep):
        yield from (lookup.table for lookup in step.lookups)
