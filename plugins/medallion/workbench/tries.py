"""Tasks of a plan, one after the other, in a scratch: what became of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from medallion.errors import MedallionError
from medallion.operations.surroundings import Surroundings
from medallion.plan.engines import clean_here
from medallion.plan.model import LakeTableStep, Plan, PlannedTask, PublishStep
from medallion.run import Run
from medallion.steps.context import StepContext, StepResult, no_domain_role
from medallion.steps.run import run_step
from medallion.workbench.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedTask:
    """A task that ended well (`result`), failed (`error`), or waited for one that did not end well
    (neither).
    """

    task: PlannedTask
    seconds: float = 0.0
    result: StepResult | None = None
    error: MedallionError | None = None

    @property
    def waited(self) -> bool:
        """Whether it was left out, because a task before it failed."""
        return self.result is None and self.error is None


Report = Callable[[TriedTask], None]


def try_tasks(
    plan: Plan,
    tasks: Sequence[PlannedTask],
    run: Run,
    scratch: Scratch,
    surroundings: Surroundings,
    report: Report = lambda tried: None,
) -> tuple[TriedTask, ...]:
    """Run tasks in the plan's order; one whose upstream task failed is left out, the rest runs.
    Nothing is written to a lake that others read.

    Args:
        plan: of the pipeline.
        tasks: some of the plan's.
        run: the run that they belong to: its interval is what sources are asked for.
        scratch: where they land, stage and publish.
        surroundings: the project and its connections. Its lake and its warehouse are not touched.
        report: takes each task as it ends.
    """
    context = StepContext(
        run=replace(run, spec_digest=plan.digest),
        task_id="",
        try_number=1,
        project_root=surroundings.project_root,
        lake_root=scratch.lake_root,
        warehouse_url=scratch.warehouse_url,
        connection=surroundings.connection,
        log=surroundings.log,
        database=surroundings.database,
        domain_warehouse=no_domain_role,
        first=surroundings.first,
    )
    return run_in_order(plan, tasks, context, _try, report)


RunOne = Callable[[PlannedTask, StepContext, Sequence[PlannedTask]], StepResult]
"""Runs a task; the last argument is what makes again what it reads, where that is lost."""


def run_in_order(
    plan: Plan,
    tasks: Sequence[PlannedTask],
    context: StepContext,
    run_one: RunOne,
    report: Report = lambda tried: None,
) -> tuple[TriedTask, ...]:
    """Run tasks in the plan's order; one whose upstream task failed is left out, the rest runs.

    Args:
        plan: of the pipeline.
        tasks: some of the plan's.
        context: of the run; each task gets it with its own id and time limit.
        run_one: runs one.
        report: takes each task as it ends.
    """
    tasks = [task for task in tasks if not isinstance(task.step, LakeTableStep)]
    wanted = {task.task_id for task in tasks}
    tried: dict[str, TriedTask] = {}
    before = plan.before()
    for task in tasks:
        halted = [name for name in task.upstream if name in wanted and tried[name].result is None]
        own = replace(context, task_id=task.task_id, time_limit=task.execution_timeout)
        done = TriedTask(task=task) if halted else _end(task, own, before[task.task_id], run_one)
        tried[task.task_id] = done
        report(done)
    return tuple(tried.values())


def _end(
    task: PlannedTask, context: StepContext, before: Sequence[PlannedTask], run_one: RunOne
) -> TriedTask:
    began = time.monotonic()
    result, error = None, None
    try:
        result = run_one(task, context, before)
    except MedallionError as problem:
        error = problem
    return TriedTask(task=task, seconds=time.monotonic() - began, result=result, error=error)


def _try(task: PlannedTask, context: StepContext, before: Sequence[PlannedTask]) -> StepResult:
    return run_step(clean_here(_drop_grants(task).step), context, before)


def _drop_grants(task: PlannedTask) -> PlannedTask:
    """Nobody reads what a try publishes, so it asks for no roles, and nobody for approval, and each
    table is published by itself: the others may not be tried."""
    if not isinstance(task.step, PublishStep):
        return task
    return replace(task, step=replace(task.step, grants=(), approval=None, together=()))
