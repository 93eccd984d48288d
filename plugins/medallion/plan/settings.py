"""The DAG's own settings: what the spec says, else the domain, else Medallion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TypeVar

from medallion.durations import duration
from medallion.names import TableName
from medallion.plan.condition import Condition, Word
from medallion.plan.model import AlertChannel, Settings
from medallion.schedules.calendar import Calendar
from medallion.schedules.clock import UTC_NAME, moment_in, zone_of
from medallion.schedules.cron import CONTINUOUS
from medallion.schedules.schedule import Schedule
from medallion.spec.models.alerts import AlertEvent
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec
from medallion.spec.models.waiting import WaitForSpec

T = TypeVar("T")


def settings_of(
    spec: PipelineSpec,
    domain: DomainSpec,
    foreign: tuple[TableName, ...],
    calendar: Calendar | None,
) -> Settings:
    """The settings of a spec's DAG.

    Args:
        spec: the pipeline's.
        domain: what it may leave to its domain.
        foreign: the tables of other pipelines that it reads: it runs by them where neither says
            when.
        calendar: the days on which its schedule runs; None: all.
    """

    def value_of(key: str, default: T) -> T:
        for level in (spec, domain):
            value: T | None = getattr(level, key)
            if value is not None:
                return value
        return default

    crons = spec.schedule if "schedule" in spec.model_fields_set else domain.schedule
    by_assets = "schedule" not in spec.model_fields_set and crons is None
    condition = condition_of(spec.wait_for, foreign) if by_assets else None
    timezone = value_of("timezone", UTC_NAME)
    is_continuous = crons == (CONTINUOUS,)
    if is_continuous:
        crons = None
    return Settings(
        owner=value_of("owner", "medallion"),
        schedule=Schedule(crons=crons, timezone=timezone, calendar=calendar) if crons else None,
        asset_schedule=condition.tables() if condition else (),
        wait_for=_wait_for(spec.wait_for, condition),
        start_date=_moment_or_none(value_of("start_date", None), timezone),
        end_date=_moment_or_none(value_of("end_date", None), timezone),
        catchup=value_of("catchup", False),
        max_active_runs=value_of("max_active_runs", 1),
        retries=value_of("retries", 2),
        retry_delay=duration(text)
        if (text := value_of("retry_delay", ""))
        else timedelta(minutes=1),
        pool=value_of("pool", None),
        tags=tuple(dict.fromkeys((*value_of("tags", ()), "medallion"))),
        alerts=tuple(_channels(spec, domain)),
        deadline=duration(text) if (text := value_of("deadline", "")) else None,
        timezone=timezone,
        is_continuous=is_continuous,
    )


def condition_of(said: WaitForSpec | None, inputs: tuple[TableName, ...]) -> Condition | None:
    """What a pipeline without a schedule waits for; None: for no table.

    Args:
        said: by its spec; None: for all that it reads.
        inputs: the tables of other pipelines that it reads.
    """
    if said is None or said.inputs is not None:
        word = "all" if said is None or said.inputs is None else said.inputs
        return Condition(word=word, of=inputs) if inputs else None
    if said.table is not None:
        return Condition(word="all", of=(TableName.parse(said.table),))
    parts = tuple(_part(one, inputs) for one in said.parts())
    known = tuple(one for one in parts if one is not None)
    return Condition(word="all" if said.all_ else "any", of=known) if known else None


def _part(said: WaitForSpec, inputs: tuple[TableName, ...]) -> TableName | Condition | None:
    if said.table is not None:
        return TableName.parse(said.table)
    return condition_of(said, inputs)


def _wait_for(said: WaitForSpec | None, condition: Condition | None) -> Word | Condition:
    if said is None:
        return "all"
    if said.inputs is not None:
        return said.inputs
    return condition or "all"


def _channels(spec: PipelineSpec, domain: DomainSpec) -> Iterator[AlertChannel]:
    of_domain = spec.alerts is None
    for one in (domain.alerts if of_domain else spec.alerts) or ():
        yield AlertChannel(
            conn_id=one.conn_id,
            events=tuple(AlertEvent) if one.events is None else one.events,
            to=one.to,
            of_domain=of_domain,
        )


def _moment_or_none(day: date | None, timezone: str) -> datetime | None:
    return None if day is None else moment_in(day, zone_of(timezone))
