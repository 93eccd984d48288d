"""Airflow's context of a task instance → StepContext."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from medallion.airflow.connections import (
    connection_details,
    domain_warehouse_url,
    open_database,
    warehouse_url,
)
from medallion.airflow.run_params import FULL_REFRESH
from medallion.names import WAREHOUSE_CONN_ID
from medallion.roots import lake_root, project_root
from medallion.run import Run
from medallion.schedules.clock import UTC_NAME
from medallion.schedules.schedule import Schedule
from medallion.steps.context import StepContext
from medallion.steps.log_lines import plain_log

LONG_WAIT = timedelta(minutes=10)


def step_context(
    context: Mapping[str, Any],
    spec_digest: str,
    schedule: Schedule | None,
    timezone: str = UTC_NAME,
) -> StepContext:
    """What a step gets of the task instance that runs: its run, the lake, the warehouse."""
    instance = context["ti"]
    run = context["dag_run"]
    start, end = data_interval(run, schedule)
    log = plain_log()
    if (waited := _long_wait(run)) is not None:
        log.info(
            "the run was triggered %s before it began: its DAG was paused, or others were running. "
            "It covers %s to %s",
            waited,
            start.isoformat(),
            end.isoformat(),
        )
    return StepContext(
        run=Run(
            dag_id=instance.dag_id,
            run_id=instance.run_id,
            interval_start=start,
            interval_end=end,
            spec_digest=spec_digest,
            timezone=timezone,
        ),
        task_id=instance.task_id,
        try_number=instance.try_number,
        project_root=project_root(),
        lake_root=lake_root(),
        warehouse_url=warehouse_url(WAREHOUSE_CONN_ID),
        connection=connection_details,
        log=log,
        database=open_database,
        domain_warehouse=domain_warehouse_url,
        log_url=getattr(instance, "log_url", "") or "",
        backfill=getattr(run.run_type, "value", run.run_type) == "backfill",
        full_refresh=context.get("params", {}).get(FULL_REFRESH) is True,
    )


def _long_wait(run: Any) -> timedelta | None:
    """How long a run that a person has triggered was queued, where that is worth a word: nothing
    else says that a run waits while its DAG is paused.
    """
    by_hand = getattr(run.run_type, "value", run.run_type) == "manual"
    if not by_hand or run.start_date is None or run.start_date - run.run_after < LONG_WAIT:
        return None
    return timedelta(seconds=int((run.start_date - run.run_after).total_seconds()))


def data_interval(dag_run: Any, schedule: Schedule | None) -> tuple[datetime, datetime]:
    """The half-open interval that a run covers, in UTC.

    Airflow gives none to a run that was triggered without a logical date. Then it is the last
    whole interval of the schedule before the run; without a cron schedule, the empty interval at
    the moment of the run.
    """
    if dag_run.data_interval_start and dag_run.data_interval_end:
        return _utc(dag_run.data_interval_start), _utc(dag_run.data_interval_end)
    moment = _utc(dag_run.run_after)
    whole = schedule.last_whole(moment) if schedule is not None else None
    return whole or (moment, moment)


def _utc(moment: datetime) -> datetime:
    """As a plain datetime, whatever library's type it came as."""
    return datetime.fromtimestamp(moment.timestamp(), tz=UTC)
