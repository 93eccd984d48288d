"""Which intervals of a table that grows are there, and what people have said was restated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from medallion.catalogue.table import TableHead
from medallion.operations.intervals import TableIntervals, read_intervals
from medallion.plan.intervals import IntervalState, Span, Stretch, unite_intervals
from medallion.plan.model import Plan
from medallion.schedules.clock import UTC_NAME, midnight, zone_of
from medallion.warehouse.registry.restatements import Restatement, list_restatements
from medallion.warehouse.session.transaction import Session

_AS_THEY_SHOULD_BE = frozenset((IntervalState.THERE, IntervalState.DROPPED))
MOST_STRETCHES = 100
"""Stretches that the page lists: the latest that are not as they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalsPage:
    """The intervals of a table as its page shows them.

    Attributes:
        grows: whether it is built by its intervals; else it has none.
        timezone: of its pipeline, by whose clock they are shown.
        schedule: of its pipeline; empty: time is not cut into intervals.
        known: all of them.
        stretches: the same, those that touch and are alike as one, the earliest first.
        restatements: of the table's own intervals, the latest first.
    """

    grows: bool
    timezone: str
    schedule: str
    known: TableIntervals
    stretches: tuple[Stretch, ...]
    restatements: Sequence[Restatement]

    def count_by_state(self) -> Mapping[str, int]:
        """How many intervals are in each state."""
        return {str(state): count for state, count in self.known.count_by_state().items()}

    def list_latest(self) -> list[Stretch]:
        """The stretches that are listed, the latest first: all, or where they are too many those
        that are not as they should be."""
        found = self.stretches
        if len(found) > MOST_STRETCHES:
            found = tuple(one for one in found if one.state not in _AS_THEY_SHOULD_BE)
        return list(reversed(found[-MOST_STRETCHES:]))


def name_starts(span: Span, timezone: str) -> tuple[str, str]:
    """The first and the last start of the intervals of a stretch, as a form takes them: days where
    it consists of whole ones.

    >>> day = datetime(2026, 6, 30, 22, tzinfo=UTC)
    >>> name_starts(Span(start=day, end=day + timedelta(days=2)), "Europe/Paris")
    ('2026-07-01', '2026-07-02')
    >>> name_starts(Span(start=day, end=day + timedelta(hours=2)), "UTC")
    ('2026-06-30T22:00+00:00', '2026-06-30T23:59+00:00')
    """
    zone = zone_of(timezone)
    first, end = span.start.astimezone(zone), span.end.astimezone(zone)
    if all(
        at == midnight(local.date(), zone) for at, local in ((span.start, first), (span.end, end))
    ):
        return str(first.date()), str(end.date() - timedelta(days=1))
    last = (span.end - timedelta(minutes=1)).astimezone(zone)
    return first.isoformat(timespec="minutes"), last.isoformat(timespec="minutes")


def read_table_intervals(session: Session, head: TableHead, plan: Plan | None) -> TableIntervals:
    """The intervals of a table that have ended; none where it does not grow, or no spec runs.

    Args:
        plan: of its pipeline, in the version that runs.
    """
    found = read_intervals(session, plan, datetime.now(UTC)) if plan else ()
    mine = (one for one in found if one.table == head.table)
    return next(mine, TableIntervals(table=head.table, intervals=()))


def read_intervals_page(session: Session, head: TableHead, plan: Plan | None) -> IntervalsPage:
    """What the page of a table's intervals shows."""
    known = read_table_intervals(session, head, plan)
    schedule = plan.settings.schedule if plan else None
    return IntervalsPage(
        grows=bool(plan and plan.increment_of(head.table)),
        timezone=plan.settings.timezone if plan else UTC_NAME,
        schedule=str(schedule) if schedule else "",
        known=known,
        stretches=unite_intervals(known.intervals),
        restatements=list_restatements(session, head.table),
    )
