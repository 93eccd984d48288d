"""Which tables are published no more: their pipelines have reached their end."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from medallion.names import TableName
from medallion.plan.model import Plan, PublishStep


def ended_tables(plans: Collection[Plan], now: datetime) -> frozenset[TableName]:
    """The tables of pipelines that are past their `end_date`, or wait only for such tables."""
    before: frozenset[TableName] | None = None
    ended: frozenset[TableName] = frozenset()
    while ended != before:
        before = ended
        over = [plan for plan in plans if _has_ended(plan, before, now)]
        ended = frozenset(table for plan in over for table in _tables(plan))
    return ended


def _has_ended(plan: Plan, ended: frozenset[TableName], now: datetime) -> bool:
    settings = plan.settings
    if settings.end_date is not None and settings.end_date <= now:
        return True
    return bool(settings.asset_schedule) and ended.issuperset(settings.asset_schedule)


def _tables(plan: Plan) -> Iterator[TableName]:
    return (task.step.table.public for task in plan.tasks if isinstance(task.step, PublishStep))
