"""Which tables will not be published again, because their pipelines have ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from medallion.names import TableName
from medallion.plan.model import Plan, PublishStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What decides whether a pipeline has ended: its end date, the tables that start it, and those
    it publishes."""

    end_date: datetime | None
    waits: tuple[TableName, ...]
    tables: tuple[TableName, ...]

    @classmethod
    def of(cls, plan: Plan) -> Ending:
        """The ending in a plan's settings."""
        settings = plan.settings
        return cls(
            end_date=settings.end_date,
            waits=settings.asset_schedule,
            tables=tuple(
                task.step.table.public for task in plan.tasks if isinstance(task.step, PublishStep)
            ),
        )


def keep_if_one_ends(endings: Iterable[Ending]) -> tuple[Ending, ...]:
    """All of them, or none: where no pipeline has an end date, none ends."""
    found = tuple(endings)
    return found if any(one.end_date for one in found) else ()


def find_ended_tables(plans: Collection[Plan], now: datetime) -> frozenset[TableName]:
    """The tables of pipelines past their `end_date`, or that wait only for such tables."""
    return find_ended_among([Ending.of(plan) for plan in plans], now)


def find_ended_among(endings: Collection[Ending], now: datetime) -> frozenset[TableName]:
    """The same, from endings instead of whole plans."""
    before: frozenset[TableName] | None = None
    ended: frozenset[TableName] = frozenset()
    while ended != before:
        before = ended
        over = [one for one in endings if _has_ended(one, before, now)]
        ended = frozenset(table for one in over for table in one.tables)
    return ended


def _has_ended(one: Ending, ended: frozenset[TableName], now: datetime) -> bool:
    if one.end_date is not None and one.end_date <= now:
        return True
    return bool(one.waits) and ended.issuperset(one.waits)
