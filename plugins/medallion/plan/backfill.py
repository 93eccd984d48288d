"""Previews a backfill: which intervals, and what each would ask of the sources. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from medallion.errors import SetupError
from medallion.plan.model import BuildStep, LandStep, Plan
from medallion.schedules.clock import zone_of

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
"""Nobody means an interval beyond them, and cron's arithmetic would leave the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """One run: its half-open data interval in UTC, what it would ask of each dataset's source, and
    what it would make of each gold table that grows by increments."""

    start: datetime
    end: datetime
    asks: tuple[tuple[str, str], ...]


def plan_runs(plan: Plan, first: datetime, last: datetime) -> Iterator[PlannedRun]:
    """The runs that `airflow backfill create --from-date … --to-date …` would make, in order.

    Args:
        plan: of a DAG with a cron schedule.
        first: the earliest start of an interval, in UTC.
        last: the latest, itself included.

    Raises:
        SetupError: the DAG has no schedule that cuts time into intervals.
    """
    if plan.settings.schedule is None:
        raise SetupError(
            f"{plan.dag_id} has no cron schedule, and so no data intervals to run again",
            remedy="trigger it: it reads what its sources have now",
        )
    landed = [
        (task.group, task.step.source) for task in plan.tasks if isinstance(task.step, LandStep)
    ]
    grown = [
        (task.group, task.step.increment)
        for task in plan.tasks
        if isinstance(task.step, BuildStep) and task.step.increment is not None
    ]
    zone = zone_of(plan.settings.timezone)
    for start, end in plan.settings.schedule.intervals_from(max(first, _EARLIEST)):
        if start > min(last, _LATEST):
            return
        local = start.astimezone(zone), end.astimezone(zone)
        asked = ((name, source.preview(*local)) for name, source in landed)
        made = ((name, f"makes {one.window_of(start, end)}") for name, one in grown)
        yield PlannedRun(start=start, end=end, asks=(*asked, *made))
