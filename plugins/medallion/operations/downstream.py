"""What follows downstream where a stretch of a table was restated, and what of it is left to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter
from itertools import islice

from medallion.errors import SetupError
from medallion.names import PublishedTable, TableName
from medallion.operations.intervals import find_ended
from medallion.plan.backfill import plan_runs
from medallion.plan.changed_time import ChangedTime, reach_of_all, unite
from medallion.plan.intervals import (
    Dropped,
    InputChange,
    IntervalState,
    Span,
    judge_interval,
    unite_spans,
)
from medallion.plan.model import BuildStep, Plan
from medallion.prose import tally
from medallion.publish.window import Increment, Slice, Window
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.intervals import read_changes, read_dropped, read_made
from medallion.warehouse.session.transaction import Session

MOST_INTERVALS = 10_000
"""Of one restatement: more than a year of hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Downstream:
    """A gold table that reads what was restated, directly or through others.

    Attributes:
        table: which.
        plan: of the pipeline that publishes it.
        spans: its intervals that run again; of a table that is built whole each time none.
        slices: the rows that these intervals make.
        is_view: it shows its inputs as they are now: nothing runs.
    """

    table: PublishedTable
    plan: Plan
    spans: tuple[Span, ...] = ()
    slices: tuple[Slice, ...] = ()
    is_view: bool = False

    def list_ranges(self) -> tuple[str, ...]:
        """Its intervals as stretches of time, by the clock of its pipeline."""
        zone = self.plan.settings.timezone
        return tuple(one.in_words(zone) for one in unite_spans(self.spans))

    def __str__(self) -> str:
        if self.is_view:
            return f"{self.table.public} is a view: it shows its inputs, and nothing runs"
        if not self.spans:
            return f"{self.table.public} is built whole"
        ranges = ", ".join(self.list_ranges())
        return f"{self.table.public}: {tally(len(self.spans), 'interval')}, {ranges}"


def find_stretch(plan: Plan, first: datetime, last: datetime) -> Span:
    """The time of a pipeline's data intervals that start from `first` to `last`, both included.

    Raises:
        SetupError: the pipeline has no intervals, none there, or too many.
    """
    runs = list(islice(plan_runs(plan, first, last), MOST_INTERVALS + 1))
    if len(runs) > MOST_INTERVALS:
        raise SetupError(
            f"these are more than {MOST_INTERVALS:,} intervals of {plan.dag_id}",
            remedy="name a shorter stretch, and the next one when it is done",
        )
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
    with what changes above it. What loads bring may be of an earlier time, as far back as the table
    looks. One that is built whole changes as a whole.
    """
    builds = {
        task.step.table.public: (plan, task.step)
        for plan in plans
        for task in plan.tasks
        if isinstance(task.step, BuildStep)
    }
    changed = {table.public: _begin_with(builds, table, stretch)}
    found = []
    order = TopologicalSorter({name: set(step.upstream) for name, (_, step) in builds.items()})
    for name in order.static_order():
        if name not in builds or name == table.public:
            continue
        plan, step = builds[name]
        above = unite(changed[one] for one in step.upstream if one in changed)
        if not above:
            continue
        one, changes = _follow(plan, step, above, now)
        if one.is_view or one.spans or step.increment is None:
            found.append(one)
            changed[name] = changes
    return tuple(found)


def _begin_with(
    builds: Mapping[TableName, tuple[Plan, BuildStep]], table: PublishedTable, stretch: Span
) -> ChangedTime:
    """The intervals of a table that grows are those of its rows, of another those of its loads."""
    _, step = builds.get(table.public, (None, None))
    if step is not None and step.increment is not None:
        return ChangedTime(rows=(stretch,))
    return ChangedTime(loads=(stretch,))


def list_unread(
    connection: Session, one: Downstream, since: datetime, *, or_published: bool = False
) -> tuple[Span, ...]:
    """What of a table was made of inputs that were read before a moment. Of a table that is built
    whole it is one stretch; an interval that was never made is none: it may have no inputs yet. Nor
    is one whose rows retention has dropped.

    Args:
        or_published: or before an input was published since that moment: a run beside this one, or
            after one that was killed, may have read what had not been made again yet.
    """
    if one.is_view:
        return ()
    changes: Iterable[InputChange] = ()
    if or_published:
        changes = read_changes(connection, one.table, since)
    if not one.spans:
        current = registry.current(connection, one.table)
        latest = max([since, *(change.at for change in changes)])
        if current is None or current.as_of >= latest:
            return ()
        return (Span(start=current.as_of, end=latest),)
    made = read_made(connection, one.table)
    increment = one.plan.increment_of(one.table)
    dropped: Iterable[Dropped] = ()
    if increment is not None:
        changes = tuple(reach_of_all(changes, increment, one.spans))
        partitions = one.plan.partitions_of(one.table)
        dropped = read_dropped(connection, one.table, partitions, increment)
    return tuple(
        span
        for span in one.spans
        if judge_interval(
            span,
            made,
            [InputChange(table=str(one.table.public), span=span, at=since), *changes],
            dropped,
        ).state
        is IntervalState.RESTATED
    )


def list_made(connection: Session, one: Downstream) -> tuple[Span, ...]:
    """What of a table runs again where it was restated now."""
    return list_unread(connection, one, datetime.max.replace(tzinfo=UTC))


def _follow(
    plan: Plan, step: BuildStep, above: ChangedTime, now: datetime
) -> tuple[Downstream, ChangedTime]:
    """What a table does about a change of its inputs, and what changes of it."""
    if step.is_view:
        return Downstream(table=step.table, plan=plan, is_view=True), above
    increment = step.increment
    if increment is None:
        # Each of its rows may be made of what has changed.
        ever = Span(start=datetime.min.replace(tzinfo=now.tzinfo), end=now)
        return Downstream(table=step.table, plan=plan), ChangedTime(rows=(ever,))
    exact = replace(increment, lookback=timedelta(0))
    intervals = tuple(find_ended(plan, increment, now))
    reached = above.reach(increment, intervals)
    spans = tuple(
        span for span in intervals if any(_window(exact, span).overlaps(one) for one in reached)
    )
    changes = unite_spans(_window(exact, span) for span in spans)
    slices = tuple(_slice(exact, one) for one in changes)
    one = Downstream(table=step.table, plan=plan, spans=spans, slices=slices)
    return one, ChangedTime(rows=changes)


def _slice(increment: Increment, span: Span) -> Slice:
    window = Window(start=span.start, end=span.end, timezone=increment.timezone)
    return Slice(time_column=increment.time_column, window=window)


def _window(increment: Increment, span: Span) -> Span:
    window = increment.window_of(span.start, span.end)
    return Span(start=window.start, end=window.end)
