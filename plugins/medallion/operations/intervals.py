"""Which intervals of a pipeline's tables are there, missing, restated or dropped, as the registry
has it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from medallion.names import PublishedTable, environment_of
from medallion.plan.backfill import plan_runs
from medallion.plan.changed_time import reach_of_all
from medallion.plan.environment import production_of
from medallion.plan.intervals import IntervalState, Span, TableInterval, judge_in_order, unite_spans
from medallion.plan.model import BuildStep, Plan
from medallion.publish.partitions import Partitions
from medallion.publish.window import Increment
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.intervals import read_changes, read_dropped, read_made
from medallion.warehouse.session.transaction import Session

MOST = 2_000
"""Intervals that are looked at of one table: the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableIntervals:
    """The intervals of one table that have ended, in order.

    `is_of_production`: it is a table of an environment, which shows production's, so that these
    are production's too.
    """

    table: PublishedTable
    intervals: tuple[TableInterval, ...]
    is_of_production: bool = False

    def count(self, state: IntervalState) -> int:
        """How many are in a state."""
        return sum(one.state is state for one in self.intervals)

    def count_by_state(self) -> Mapping[IntervalState, int]:
        """How many are in each state; of those that retention has dropped only where there are."""
        counts = {state: self.count(state) for state in IntervalState}
        if not counts[IntervalState.DROPPED]:
            del counts[IntervalState.DROPPED]
        return counts

    def find(self, state: IntervalState) -> tuple[Span, ...]:
        """The stretches of time in a state, those that touch as one."""
        return unite_spans(one.span for one in self.intervals if one.state is state)

    def list_reasons(self) -> tuple[str, ...]:
        """The inputs that have published again what restated intervals were made of."""
        return tuple(sorted({name for one in self.intervals for name in one.because}))


def read_intervals(connection: Session, plan: Plan, now: datetime) -> Iterator[TableIntervals]:
    """Of each gold table of a pipeline that grows by increments.

    Args:
        connection: to the warehouse, with the registry in place.
        plan: of the pipeline, as its spec is now.
        now: intervals that end later are not there yet.
    """
    for task in plan.tasks:
        step = task.step
        if isinstance(step, BuildStep) and step.increment is not None:
            shown = _find_shown(connection, step.table)
            ended = list_ended(plan, step.increment, now)
            judged = judge_intervals(
                connection, shown, step.increment, ended, plan.partitions_of(step.table)
            )
            yield TableIntervals(
                table=step.table,
                intervals=tuple(one for one in judged if _is_expected(one, plan.settings.end_date)),
                is_of_production=shown != step.table,
            )


def _is_expected(one: TableInterval, end: datetime | None) -> bool:
    """Past the `end_date` nothing is missing; a backfill may have made some all the same."""
    return end is None or one.span.start < end or one.state is not IntervalState.MISSING


def _find_shown(connection: Session, table: PublishedTable) -> PublishedTable:
    """The table whose rows readers see: what an environment has not built is production's."""
    if environment_of(table.domain) and registry.current(connection, table) is None:
        return production_of(table)
    return table


def judge_intervals(
    connection: Session,
    table: PublishedTable,
    increment: Increment,
    spans: tuple[Span, ...],
    partitions: Partitions | None = None,
) -> tuple[TableInterval, ...]:
    """What the registry says of these intervals of a table.

    A load of an interval that is missing changes no earlier one: its own run is still to come, and
    makes them with it.
    """
    made = read_made(connection, table)
    if not made:
        return tuple(TableInterval(span=one, state=IntervalState.MISSING) for one in spans)
    changes = read_changes(connection, table, min(one.read_at for one in made))
    judged = judge_in_order(spans, made, ())
    there = [one.span for one in judged if one.state is not IntervalState.MISSING]
    reached = reach_of_all(changes, increment, there)
    dropped = read_dropped(connection, table, partitions, increment)
    return tuple(judge_in_order(spans, made, reached, dropped))


def list_ended(plan: Plan, increment: Increment, now: datetime) -> tuple[Span, ...]:
    """The latest MOST of the intervals that a table has to hold; and of those past its pipeline's
    `end_date`, which a backfill alone makes."""
    end = plan.settings.end_date or now
    own, later = deque[Span](maxlen=MOST), deque[Span](maxlen=MOST)
    for span in find_ended(plan, increment, now):
        (own if span.start < end else later).append(span)
    return (*own, *later)


def find_ended(plan: Plan, increment: Increment, now: datetime) -> Iterator[Span]:
    """The intervals that a table has to hold: from its `begin` on, as the schedule cuts time, and
    with an end that is not later than `now`."""
    runs = plan_runs(plan, increment.first(), now)
    ended = takewhile(lambda run: run.end <= now, runs)
    return (Span(start=run.start, end=run.end) for run in islice(ended, 100 * MOST))
