"""A stretch of a table was restated: what follows from it downstream, and its runs.

What has to run is not kept as a list, which could be lost: the journal says what was restated and
when, the registry when each publication has read its inputs. What is killed is started again, and
does what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from graphlib import TopologicalSorter

from medallion.errors import SetupError
from medallion.names import PublishedTable, TableName
from medallion.operations.intervals import list_ended
from medallion.operations.replay_quarantine import run_again
from medallion.operations.surroundings import Surroundings
from medallion.plan.backfill import plan_runs
from medallion.plan.intervals import (
    InputChange,
    IntervalState,
    Span,
    judge_interval,
    unite_spans,
)
from medallion.plan.model import BuildStep, GateStep, Plan, PlannedTask, PublishStep, Step
from medallion.publish.window import Increment
from medallion.run import Run
from medallion.warehouse.quarantine.runs import run_of
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.intervals import (
    find_restatement,
    one_restatement_at_a_time,
    read_changes,
    read_made,
    record_restatement,
)
from medallion.warehouse.session.locking import one_at_a_time
from medallion.warehouse.session.transaction import Session, session


@dataclass(frozen=True, slots=True, kw_only=True)
class Downstream:
    """A gold table that reads what was restated, directly or through others.

    Attributes:
        table: which.
        plan: of the pipeline that publishes it.
        spans: its intervals that run again; of a table that is built whole each time none.
        is_view: it shows its inputs as they are now: nothing runs.
    """

    table: PublishedTable
    plan: Plan
    spans: tuple[Span, ...] = ()
    is_view: bool = False

    def __str__(self) -> str:
        if self.is_view:
            return f"{self.table.public} is a view: it shows its inputs, and nothing runs"
        if not self.spans:
            return f"{self.table.public} is built whole"
        zone = self.plan.settings.timezone
        ranges = ", ".join(one.in_words(zone) for one in unite_spans(self.spans))
        many = "1 interval" if len(self.spans) == 1 else f"{len(self.spans):,} intervals"
        return f"{self.table.public}: {many}, {ranges}"


def find_stretch(plan: Plan, first: datetime, last: datetime) -> Span:
    """The time of a pipeline's data intervals that start from `first` to `last`, both included.

    Raises:
        SetupError: the pipeline has no intervals, or none there.
    """
    runs = list(plan_runs(plan, first, last))
    if not runs:
        asked = Span(start=first, end=last).in_words(plan.settings.timezone)
        raise SetupError(
            f"no data interval of {plan.dag_id} starts from {asked}",
            remedy=f"its schedule is {plan.settings.schedule}",
        )
    return Span(start=runs[0].start, end=runs[-1].end)


def find_publisher(plans: Sequence[Plan], table: PublishedTable) -> Plan:
    """The plan of the pipeline that publishes a table.

    Raises:
        SetupError: no valid spec does.
    """
    for plan in plans:
        if any(task.step.table == table for task in plan.tasks):
            return plan
    raise SetupError(
        f"no valid spec publishes {table.public}",
        remedy="`python -m medallion.cli plan` shows what there is",
    )


def find_downstream(
    plans: Sequence[Plan], table: PublishedTable, stretch: Span, now: datetime
) -> tuple[Downstream, ...]:
    """What runs again where a stretch of a table was restated, in the order in which it runs.

    A table that grows by increments runs those of its intervals again that have a moment in common
    with what changes above it. One that is built whole changes as a whole.
    """
    builds = {
        task.step.table.public: (plan, task.step)
        for plan in plans
        for task in plan.tasks
        if isinstance(task.step, BuildStep)
    }
    changed: dict[TableName, tuple[Span, ...]] = {table.public: (stretch,)}
    found = []
    order = TopologicalSorter({name: set(step.upstream) for name, (_, step) in builds.items()})
    for name in order.static_order():
        if name not in builds or name == table.public:
            continue
        plan, step = builds[name]
        above = unite_spans(span for one in step.upstream for span in changed.get(one, ()))
        if not above:
            continue
        one, changes = _follow(plan, step, above, now)
        if one.is_view or one.spans or step.increment is None:
            found.append(one)
            changed[name] = changes
    return tuple(found)


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
        one_at_a_time(connection, table)
        since = find_restatement(connection, table, stretch)
        if since is None or not any(list_unread(connection, one, since) for one in downstream):
            names = [str(one.table.public) for one in downstream]
            since = record_restatement(connection, table, stretch, by=by, downstream=names)
    return sum(_run(one, since, surroundings) for one in downstream)


def list_unread(
    connection: Session, one: Downstream, since: datetime, *, or_published: bool = False
) -> tuple[Span, ...]:
    """What of a table was made of inputs that were read before a moment. Of a table that is built
    whole it is one stretch; an interval that was never made is none: it may have no inputs yet.

    Args:
        or_published: or before an input was published since that moment: a run beside this one, or
            after one that was killed, may have read what had not been made again yet.
    """
    if one.is_view:
        return ()
    changes = read_changes(connection, one.table, since) if or_published else ()
    if not one.spans:
        current = registry.current(connection, one.table)
        latest = max([since, *(change.at for change in changes)])
        if current is None or current.as_of >= latest:
            return ()
        return (Span(start=current.as_of, end=latest),)
    made = read_made(connection, one.table)
    return tuple(
        span
        for span in one.spans
        if judge_interval(
            span, made, [InputChange(table=str(one.table.public), span=span, at=since), *changes]
        ).state
        is IntervalState.RESTATED
    )


def _follow(
    plan: Plan, step: BuildStep, above: tuple[Span, ...], now: datetime
) -> tuple[Downstream, tuple[Span, ...]]:
    """What a table does about a change of its inputs, and what changes of it."""
    if step.is_view:
        return Downstream(table=step.table, plan=plan, is_view=True), above
    increment = step.increment
    if increment is None:
        # Each of its rows may be made of what has changed.
        ever = Span(start=datetime.min.replace(tzinfo=now.tzinfo), end=now)
        return Downstream(table=step.table, plan=plan), (ever,)
    exact = replace(increment, lookback=timedelta(0))
    spans = tuple(
        span
        for span in list_ended(plan, increment, now)
        if any(_window(exact, span).overlaps(one) for one in above)
    )
    changes = unite_spans(_window(exact, span) for span in spans)
    return Downstream(table=step.table, plan=plan, spans=spans), changes


def _window(increment: Increment, span: Span) -> Span:
    window = increment.window_of(span.start, span.end)
    return Span(start=window.start, end=window.end)


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
    """The plan without lookbacks, and the table's tasks: other intervals have not changed."""
    tasks = tuple(replace(task, step=_without_lookback(task.step)) for task in one.plan.tasks)
    plan = replace(one.plan, tasks=tasks)
    return plan, [task for task in tasks if task.step.table == one.table]


def _without_lookback(step: Step) -> Step:
    if not isinstance(step, BuildStep | GateStep | PublishStep) or step.increment is None:
        return step
    return replace(step, increment=replace(step.increment, lookback=timedelta(0)))
