"""The task that asks Airbyte for a sync, and waits for it in the triggerer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from medallion.errors import MedallionError
from medallion.schedules.clock import UTC_NAME

if TYPE_CHECKING:
    from medallion.airflow.airbyte.api import Job
    from medallion.airflow.airbyte.asking import Asking
    from medallion.plan.syncs import PlannedSync
    from medallion.schedules.schedule import Schedule
    from medallion.steps.context import StepContext
    from medallion.warehouse.registry.syncs import SyncTask

BESIDE = timedelta(minutes=10)
"""How much later than the task's own time Airflow ends the wait, if no triggerer does."""


class SyncOperator(BaseOperator):
    """Asks for one sync a run. A try that comes later waits for the same one."""

    ui_color = "#f3e3d3"

    def __init__(
        self,
        *,
        sync: PlannedSync,
        domain: str,
        spec_digest: str,
        schedule: Schedule | None,
        timezone: str = UTC_NAME,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sync = sync
        self.domain = domain
        self.spec_digest = spec_digest
        self.interval_schedule = schedule
        self.interval_timezone = timezone

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Airflow calls it at each try. A backfill asks for nothing: Airbyte brings what is there
        now, whatever interval is asked for again."""
        from medallion.airflow.run_context import step_context

        made = step_context(
            context, self.spec_digest, self.interval_schedule, self.interval_timezone
        )
        if made.backfill:
            made.log.info("a backfill reads what is there: no sync is asked for")
            return {"job_id": None}
        until = time.time() + self.sync.request.timeout.total_seconds()
        return self._go_on(context, made, until, job_id=None)

    def look_again(self, context: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
        """Airflow calls it when the trigger has fired. What the trigger knew is in its event:
        `dag.test()` hands over nothing else."""
        from medallion.airflow.run_context import step_context

        made = step_context(
            context, self.spec_digest, self.interval_schedule, self.interval_timezone
        )
        return self._go_on(context, made, float(event["until"]), job_id=int(event["job_id"]))

    def _go_on(
        self, context: Mapping[str, Any], made: StepContext, until: float, job_id: int | None
    ) -> dict[str, Any]:
        from medallion.airflow.airbyte.asking import note_problem
        from medallion.airflow.operators import failure_of, say_defect

        task = self._task(made)
        try:
            asking = self._asking(made, task)
            job = asking.begin() if job_id is None else asking.airbyte.find_job(job_id)
            if job.is_going_on:
                self._wait(asking, job, until)
            done = asking.finish(job)
            asking.log.info("✓ Airbyte has ended job %d: %s rows", job.job_id, done["rows_synced"])
        except MedallionError as error:
            with suppress(MedallionError):  # what keeps it from being kept hides nothing
                note_problem(made.warehouse_url, task, error)
            raise failure_of(self, error, context) from None
        except Exception as error:
            say_defect(self, error, context)
            raise
        return done

    def _wait(self, asking: Asking, job: Job, until: float) -> None:
        """Leave the slot, or give up."""
        from medallion.airflow.airbyte.trigger import SyncTrigger

        left = until - time.time()
        if left <= 0:
            raise asking.give_up(job)
        conn_id = self.sync.request.conn_id
        self.defer(
            trigger=SyncTrigger(conn_id=conn_id, job_id=job.job_id, until=until),
            method_name="look_again",
            timeout=timedelta(seconds=left) + BESIDE,
        )

    def _task(self, made: StepContext) -> SyncTask:
        from medallion.warehouse.registry.syncs import SyncTask

        return SyncTask(
            domain=self.domain,
            dag_id=made.run.dag_id,
            run_id=made.run.run_id,
            task_id=self.task_id,
            request=self.sync.request,
        )

    def _asking(self, made: StepContext, task: SyncTask) -> Asking:
        """Raises SetupError: the domain may not use the connection, or there is none."""
        from medallion.airflow.airbyte.api import Airbyte
        from medallion.airflow.airbyte.asking import Asking
        from medallion.steps.domain.reach import connections_of

        airbyte = Airbyte(connections_of(self.domain, made)(self.sync.request.conn_id))
        return Asking(task=task, airbyte=airbyte, url=made.warehouse_url, log=made.log)
