"""What Airflow knows of runs, and what is kept of those that fail or are late."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from medallion.errors import MedallionError

if TYPE_CHECKING:
    from medallion.warehouse.session.transaction import Session

log = logging.getLogger("medallion")


class AirflowRuns:
    """By the API that every task has: it needs no rights of its own."""

    def count(
        self, dag_id: str, states: Sequence[str], run_ids: Sequence[str] | None = None
    ) -> int:
        """How many runs of a DAG are in one of the states; of these runs, or of all."""
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        ids = None if run_ids is None else list(run_ids)
        return RuntimeTaskInstance.get_dr_count(dag_id, run_ids=ids, states=list(states))


def keep_failed_run(context: Mapping[str, Any]) -> None:
    """The DAG's `on_failure_callback`. The DAG processor calls it, also where a task was killed;
    it must not fail there, and is not tried again."""
    from medallion.operations.alerts.runs import report_failed_run

    last = getattr(context.get("ti"), "task_id", "")
    _keep(partial(report_failed_run, last=last), context["dag"].dag_id, str(context["run_id"]))


async def keep_missed_deadline(context: Mapping[str, Any]) -> None:
    """What the triggerer calls when a run's `deadline` is over, with the run as Airflow's REST API
    shows it. One that has ended before keeps its deadline, and is called of too."""
    from medallion.operations.alerts.runs import report_missed_deadline

    run = context["dag_run"]
    if run["state"] in ("queued", "running"):
        await asyncio.to_thread(
            _keep, report_missed_deadline, str(run["dag_id"]), str(run["dag_run_id"])
        )


def _keep(write: Callable[[Session, str, str], None], dag_id: str, run_id: str) -> None:
    from medallion.airflow.connections import warehouse_url
    from medallion.names import WAREHOUSE_CONN_ID
    from medallion.warehouse.session.transaction import session

    try:
        with session(warehouse_url(WAREHOUSE_CONN_ID), "recording what became of a run") as opened:
            write(opened, dag_id, run_id)
    except MedallionError as error:
        log.error("what became of %s %s is not recorded: %s", dag_id, run_id, error)
