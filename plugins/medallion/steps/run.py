"""Runs one step and records its figures: the only way in for Airflow's operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from importlib import import_module

from medallion.errors import MedallionError, QueryCancelled, StagingLost
from medallion.names import Layer
from medallion.plan.model import (
    BuildStep,
    CleanStep,
    GateStep,
    LakeTableStep,
    LandStep,
    PlannedTask,
    PublishStep,
    Step,
)
from medallion.prose import tally
from medallion.steps.context import ApprovalWanted, StepContext, StepResult
from medallion.steps.gated_table import hold_to_gate
from medallion.steps.time_limit import with_query_limit, with_task_and_limit
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.landed_files import has_nothing_new
from medallion.warehouse.session.reuse import reuse_connections
from medallion.warehouse.session.transaction import session

MODULES: dict[type[Step], str] = {
    LandStep: "land.step",
    GateStep: "gate.step",
    CleanStep: "clean.step",
    BuildStep: "build",
    PublishStep: "publish.step",
    LakeTableStep: "lake_table",
}
"""Each kind of step and the module of this folder that runs it: loaded when it is needed."""


def run_step(step: Step, context: StepContext, before: Sequence[PlannedTask] = ()) -> StepResult:
    """Run a step and record its rows, its duration and its end, good or bad, in the registry.

    Args:
        step: what to run.
        context: for which task instance.
        before: the tasks that staged what the step reads. They run again, within this task, when
            that is lost: Airflow's retry of a task never reaches the tasks before it.

    Raises:
        MedallionError: what the step raised; the record of the failure never hides it.
    """
    with reuse_connections():
        return _run_and_record(step, with_query_limit(context), before)


def _run_and_record(step: Step, context: StepContext, before: Sequence[PlannedTask]) -> StepResult:
    started_at = datetime.now(UTC)
    record = partial(_record, context, started_at)
    _say_start(context)
    try:
        result = nothing_to_do(step, context) or _run(step, context, before)
    except QueryCancelled as error:
        named = with_task_and_limit(error, step.table, context)
        with suppress(MedallionError):
            record(None, _headline(named))
        raise named from None
    # Not an end: the task waits for a person without a slot, and is recorded when it goes through.
    except ApprovalWanted:
        raise
    # BaseException: Airflow raises one when the time is over, which is an end of the step like
    # others.
    except BaseException as error:
        with suppress(MedallionError):
            record(None, context.explain(error) or _headline(error))
        raise
    record(result, "")
    _say_end(context, result, (datetime.now(UTC) - started_at).total_seconds())
    return result


NOTHING_NEW = "nothing_new"


def nothing_to_do(step: Step, context: StepContext) -> StepResult | None:
    """An empty result if this run landed nothing new; None: the step has to run. Gold is always
    built, and a lake may still lack what an earlier run has published."""
    if (
        isinstance(step, LandStep | BuildStep | LakeTableStep)
        or step.table.layer is not Layer.SILVER
    ):
        return None
    with session(context.warehouse_url, "looking for a landing") as connection:
        if not has_nothing_new(connection, context.run, step.table):
            return None
    context.log.info(
        "%s: there is no new file: %s does nothing, and readers keep what they have",
        step.table.public,
        context.task_id,
    )
    return StepResult(rows_in=0, rows_out=0, details={NOTHING_NEW: True})


def _say_start(context: StepContext) -> None:
    run = context.run
    start, end = (f"{at:%Y-%m-%d %H:%M}" for at in run.local_interval())
    is_empty = run.interval_start == run.interval_end
    covers = f"as of {end}" if is_empty else f"for {start} to {end}"
    context.log.info("%s, try %d, %s %s", context.task_id, context.try_number, covers, run.timezone)


def _say_end(context: StepContext, result: StepResult, seconds: float) -> None:
    """The account of the rows, without what is 0."""
    parts = {
        "out": result.rows_out,
        "quarantined": result.rows_quarantined,
        "duplicates": result.rows_deduplicated,
        "discarded": result.rows_discarded,
    }
    said = " + ".join(f"{n:,} {word}" for word, n in parts.items() if n or word == "out")
    context.log.info(
        "✓ %s: %s in = %s, %.1f s", context.task_id, tally(result.rows_in, "row"), said, seconds
    )


def _run(step: Step, context: StepContext, before: Sequence[PlannedTask]) -> StepResult:
    runner: Callable[[Step, StepContext], StepResult] = import_module(
        f"medallion.steps.{MODULES[type(step)]}"
    ).run
    try:
        hold_to_gate(step, context, before)
        return runner(step, context)
    except StagingLost as lost:
        if not before:
            raise
        names = ", ".join(task.task_id for task in before)
        context.log.warning("%s. Run again, here and now: %s", lost.problem, names)
    for task in before:
        run_step(task.step, replace(context, task_id=task.task_id))
    return runner(step, context)


def _record(
    context: StepContext, started_at: datetime, result: StepResult | None, error: str
) -> None:
    record = registry.TaskRecord(
        task_id=context.task_id,
        try_number=context.try_number,
        step=context.task_id.rpartition(".")[2],
        status="success" if result else "failed",
        started_at=started_at,
        finished_at=datetime.now(UTC),
        error=error or None,
        log_url=context.log_url or None,
        is_backfill=context.backfill,
        **(asdict(result) if result else {}),
    )
    with session(context.warehouse_url, f"recording {context.task_id}") as connection:
        registry.record_task(connection, context.run, record)


def _headline(error: BaseException) -> str:
    """The problem, without the remedy: a registry is read in columns."""
    problem = error.problem if isinstance(error, MedallionError) else str(error)
    return f"{type(error).__name__}: {problem}"[:2000]
