"""A stretch of a table was restated: the runs of what follows from it downstream.

What has to run is not kept as a list, which could be lost: the journal says what was restated and
when, the registry when each publication has read its inputs. What is killed is started again, and
does what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from medallion.compiler.running import list_plans_that_run
from medallion.errors import SetupError
from medallion.names import PublishedTable
from medallion.operations.downstream import (
    Downstream,
    find_downstream,
    list_made,
    list_unread,
)
from medallion.operations.replay_quarantine import run_again
from medallion.operations.surroundings import Surroundings
from medallion.plan.intervals import Span
from medallion.plan.model import BuildStep, GateStep, Plan, PlannedTask, PublishStep, Step
from medallion.run import Run
from medallion.warehouse.quarantine.runs import run_of
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.intervals import one_restatement_at_a_time
from medallion.warehouse.registry.restatements import (
    Restatement,
    find_restatement,
    get_restatement,
    record_restatement,
)
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.transaction import Session, session


def restate(
    table: PublishedTable,
    stretch: Span,
    downstream: Sequence[Downstream],
    surroundings: Surroundings,
    *,
    by: str,
) -> int:
    """Write into the journal that a stretch was restated, and run what follows from it; the number
    of runs.

    Asked again before all of it has run, it continues: nothing more is written.

    Raises:
        MedallionError: what a run raised.
    """
    with session(surroundings.warehouse_url, f"restating {table.public}") as connection:
        entry, _ = open_restatement(connection, table, stretch, downstream, by=by)
    return run_restatement(entry, downstream, surroundings)


def open_restatement(
    connection: Session,
    table: PublishedTable,
    stretch: Span,
    downstream: Sequence[Downstream],
    *,
    by: str,
) -> tuple[Restatement, bool]:
    """The journal's entry of a stretch, and whether it is new: an entry of which something is left
    to be run is continued.
    """
    one_at_a_time(connection, table)
    found = find_restatement(connection, table, stretch)
    if found is not None and any(list_unread(connection, one, found.at) for one in downstream):
        return found, False
    written = record_restatement(
        connection,
        table,
        stretch,
        by=by,
        downstream=[str(one.table.public) for one in downstream],
        runs=sum(len(list_made(connection, one)) for one in downstream),
    )
    return written, True


def run_restatement(
    entry: Restatement, downstream: Sequence[Downstream], surroundings: Surroundings
) -> int:
    """Run what is left of a restatement; the number of runs. Run again, it does what is left.

    Raises:
        MedallionError: what a run raised.
    """
    return sum(_run(one, entry.at, surroundings) for one in downstream)


def continue_restatement(number: int, surroundings: Surroundings) -> int:
    """Run what is left of the restatement of a number, by the plans that run; the number of runs.

    Raises:
        SetupError: there is none of that number.
        MedallionError: what a run raised.
    """
    with session(surroundings.warehouse_url, f"reading restatement {number}") as connection:
        entry = get_restatement(connection, number)
    if entry is None:
        raise SetupError(
            f"there is no restatement {number} in the journal",
            remedy="start it from the intervals of a table in the catalogue",
        )
    downstream = find_downstream(
        list_plans_that_run(surroundings.project_root),
        entry.table,
        entry.stretch,
        datetime.now(UTC),
    )
    for one in downstream:
        surroundings.log.info("to be made again: %s", one)
    return run_restatement(entry, downstream, surroundings)


def _run(one: Downstream, since: datetime, surroundings: Surroundings) -> int:
    """Run what of a table has read its inputs too early: an earlier try, or somebody else at the
    same time, may have done some."""
    if one.is_view:
        return 0
    with one_restatement_at_a_time(surroundings.warehouse_url, one.table):
        with session(surroundings.warehouse_url, "reading the intervals") as connection:
            spans = list_unread(connection, one, since, or_published=True)
            runs = [_run_of(connection, one, span) for span in spans]
        for run in runs:
            surroundings.log.info("%s runs again: %s", one.table.public, run.run_id)
            run_again(*_exactly(one), run, surroundings)
    return len(runs)


def _run_of(connection: Session, one: Downstream, span: Span) -> Run:
    """The run of an interval; of a table that is built whole the one that readers see it from."""
    if not one.spans:
        current = registry.current(connection, one.table)
        assert current is not None  # noqa: S101  # it has been read before
        return run_of(connection, current.publication_id, one.plan.digest)
    return Run(
        dag_id=str(one.plan.dag_id),
        run_id=f"restate__{span.start:%Y-%m-%dT%H:%M:%S}",
        interval_start=span.start,
        interval_end=span.end,
        spec_digest=one.plan.digest,
    )


def _exactly(one: Downstream) -> tuple[Plan, list[PlannedTask]]:
    """The plan with windows of one interval, and the table's tasks: each interval that may have
    changed has a run of its own."""
    tasks = tuple(replace(task, step=_of_one_interval(task.step)) for task in one.plan.tasks)
    plan = replace(one.plan, tasks=tasks)
    return plan, [task for task in tasks if task.step.table == one.table]


def _of_one_interval(step: Step) -> Step:
    if not isinstance(step, BuildStep | GateStep | PublishStep) or step.increment is None:
        return step
    none = timedelta(0)
    return replace(step, increment=replace(step.increment, lookback=none, reads_back=none))
