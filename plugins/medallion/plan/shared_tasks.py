"""Which tables' steps share one Airflow task: those of `for_each_table`, of which there are many,
and those of a continuous pipeline, whose messages wait for it.

A task costs Airflow about a second, whatever it does, and each of its tables five lines in the
grid. One task for each table is tried again, cleared and seen by the table's name, and leaves the
others alone: docs/for-each-table.md has the measurement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from medallion.plan.model import LakeTableStep, PlannedTask, PublishStep
from medallion.spec.models.pipeline import PipelineSpec


def share_tasks(
    tasks: Iterable[PlannedTask], spec: PipelineSpec, *, is_continuous: bool = False
) -> tuple[PlannedTask, ...]:
    """The tasks, those marked whose group is one of `for_each_table`; of a continuous pipeline all.

    A publication that waits for a person, or for other tables that it goes together with, keeps
    tasks of its own: what is behind it must not run again when it continues.
    """
    tasks = tuple(tasks)
    if spec.for_each_table is None and not is_continuous:
        return tasks
    apart = {
        task.group
        for task in tasks
        if isinstance(task.step, PublishStep) and (task.step.approval or task.step.together)
    }
    shared = (
        {task.group for task in tasks}
        if spec.for_each_table is None
        else set(spec.for_each_table.datasets())
    ) - apart
    return tuple(replace(one, shares_task=_is_shared(one, shared)) for one in tasks)


def _is_shared(task: PlannedTask, groups: Collection[str]) -> bool:
    """A lake that is away must not have the table read and published again."""
    return task.group in groups and not isinstance(task.step, LakeTableStep)
