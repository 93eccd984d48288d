"""A rule on dates that a schedule cuts in two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice

from medallion.names import Layer
from medallion.publish.incremental import Materialization
from medallion.schedules.clock import UTC_NAME, is_zone
from medallion.schedules.schedule import Schedule
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext
from medallion.spec.rules.scheduling import schedule_problem
from medallion.spec.sql.date_columns import is_date
from medallion.time_grains import floor_to

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_TICKS = 60
"""That are looked at: two months of days. The run itself refuses what is rarer."""


def incremental_days(context: RuleContext) -> Iterator[Finding]:
    """Where an incremental table grows by a date, each run makes whole days: its schedule cuts time
    at midnight, or `time_grain` has each run make the days that its interval touches."""
    crons = context.value_of("schedule")
    zone = context.value_of("timezone") or UTC_NAME
    if not isinstance(crons, tuple) or not is_zone(str(zone)):
        return
    if any(map(schedule_problem, crons)) or not _cuts_days(crons, str(zone)):
        return
    types = {
        f"{Layer.SILVER}_{context.dag_id.domain}.{name}": {
            column: said.type for column, said in dataset.silver.columns.items()
        }
        for name, dataset in context.spec.datasets.items()
    }
    for name, gold in context.spec.gold.items():
        query = context.queries.get(name)
        if gold.materialization is not Materialization.INCREMENTAL or query is None:
            continue
        is_whole = gold.incremental is not None and gold.incremental.time_grain not in (
            None,
            "hour",
        )
        if gold.time_column and not is_whole and is_date(query.text, gold.time_column, types):
            yield Finding(
                where=("gold", name, "time_column"),
                problem=f"{gold.time_column} is a date, and the schedule {', '.join(crons)} cuts "
                "days in two: no run would make whole ones",
                remedy="add `incremental: {time_grain: day}`: each run then makes whole days, or "
                "select a time in place of the date",
            )


@lru_cache(maxsize=256)
def _cuts_days(crons: tuple[str, ...], timezone: str) -> bool:
    """Whether a run begins or ends within a day of the zone."""
    ticks = islice(Schedule(crons=crons, timezone=timezone).ticks_after(_ANY_DAY), _TICKS)
    return any(tick != floor_to(tick, "day", timezone) for tick in ticks)
