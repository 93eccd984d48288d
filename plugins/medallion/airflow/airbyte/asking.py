"""One sync a run, whatever happens to its task: what was asked for before is waited for.

The registry has the newest job of the connection before the sync is asked for, and then the job.
Whoever comes between these two, because the answer or the process was lost, looks for a job that is
newer than that: it is the run's own, or one as good, which began after the run had asked.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from medallion.airflow.airbyte.api import Airbyte, AlreadyRunning, Job
from medallion.durations import in_words
from medallion.errors import MedallionError, SourceUnavailable, SyncRefused
from medallion.warehouse.registry import syncs
from medallion.warehouse.registry.syncs import SyncTask
from medallion.warehouse.session.transaction import session

_SYNC = "sync"


def note_problem(url: str, task: SyncTask, error: MedallionError) -> None:
    """Keep why a try has failed, for alerts. `url`: of the warehouse."""
    with session(url, "recording what became of a sync") as connection:
        syncs.note_problem(connection, task, f"{type(error).__name__}: {error.problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The sync of one task. `url`: of the warehouse, which keeps what was asked for."""

    task: SyncTask
    airbyte: Airbyte
    url: str
    log: logging.Logger

    @property
    def connection_id(self) -> str:
        """Of the connection that is synced."""
        return self.task.request.connection_id

    def begin(self) -> Job:
        """The job to wait for: that of an earlier try, or a new one.

        Raises:
            SourceUnavailable: another job is under way, or nobody answers.
            SyncRefused, SetupError: Airbyte does not know the connection, or the login.
        """
        with session(self.url, "looking for a sync") as connection:
            asked = syncs.find_asked(connection, self.task)
        if asked is None or asked.is_over:
            return self._ask_anew()
        if asked.job_id is None:
            job = self._find_newer(asked.after_job)
            if job is None:
                return self._start()
        else:
            job = self.airbyte.find_known(asked.job_id, self.connection_id)
            if job is None:
                self.log.info("job %d, which an earlier try began, is not known", asked.job_id)
                return self._ask_anew()
        if not (job.is_going_on or job.has_succeeded):
            self.log.info("job %d, which an earlier try began, has %s", job.job_id, job.status)
            return self._ask_anew()
        self.log.info("waiting for job %d, which began for this run: no second sync", job.job_id)
        self._keep(job)
        return job

    def finish(self, job: Job) -> dict[str, Any]:
        """What the task's result is, once its job has ended well.

        Raises:
            SourceUnavailable: it has failed.
            SyncRefused: somebody has cancelled it.
        """
        with session(self.url, "recording the end of a sync") as connection:
            syncs.finish(connection, self.task, job.status)
            if job.has_succeeded:
                syncs.clear_problem(connection, self.task)
        if job.has_succeeded:
            return {"job_id": job.job_id, "rows_synced": job.rows}
        if job.status == "cancelled":
            raise SyncRefused(
                f"{self._name(job)} was cancelled in Airbyte",
                remedy="clear the task: it asks for another sync",
            )
        raise SourceUnavailable(
            f"{self._name(job)} has failed in Airbyte ({job.status})",
            remedy="the job's log in Airbyte says why. The next try asks for another sync",
        )

    def give_up(self, job: Job) -> SourceUnavailable:
        """The error of a job that takes too long. It runs on."""
        return SourceUnavailable(
            f"{self._name(job)} has not ended within {in_words(self.task.request.timeout)}; it is "
            f"{job.status}, since {job.since}",
            remedy="it runs on, and the next try waits for it. If it takes that long, raise "
            "`timeout` of the source's `sync`; if it hangs, cancel it in Airbyte",
        )

    def _find_newer(self, after_job: int) -> Job | None:
        """The job that an earlier try has asked for; None: it did not come to that."""
        newer = [job for job in self._list_newest() if job.job_id > after_job and job.kind == _SYNC]
        return next((job for job in newer if job.is_going_on or job.has_succeeded), None)

    def _list_newest(self) -> list[Job]:
        return self.airbyte.list_newest(self.connection_id)

    def _ask_anew(self) -> Job:
        newest = max((job.job_id for job in self._list_newest()), default=0)
        with session(self.url, "recording a sync") as connection:
            syncs.ask(connection, self.task, newest)
        return self._start()

    def _start(self) -> Job:
        try:
            job = self.airbyte.start(self.connection_id)
        except AlreadyRunning:
            raise self._describe_other() from None
        self.log.info("Airbyte syncs the connection %s: job %d", self.connection_id, job.job_id)
        self._keep(job)
        return job

    def _keep(self, job: Job) -> None:
        with session(self.url, "recording a sync") as connection:
            syncs.keep_job(connection, self.task, job.job_id)

    def _describe_other(self) -> SourceUnavailable:
        other = next((job for job in self._list_newest() if job.is_going_on), None)
        which = f"its {other.kind} job {other.job_id}, since {other.since}" if other else "a job"
        return SourceUnavailable(
            f"Airbyte's connection {self.connection_id} (by the Airflow connection "
            f"{self.task.request.conn_id}) is being loaded already: {which} did not begin for this "
            "run, and may lack what it is to read",
            remedy="the next try asks again. If Airbyte's own schedule began it, set the "
            "connection's schedule in Airbyte to manual. If another pipeline did, let that one "
            "alone sync, and this one run behind it. If it hangs, cancel it in Airbyte",
        )

    def _name(self, job: Job) -> str:
        return (
            f"job {job.job_id} of Airbyte's connection {self.connection_id} (by the Airflow "
            f"connection {self.task.request.conn_id})"
        )
