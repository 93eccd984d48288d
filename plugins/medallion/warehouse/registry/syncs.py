"""Loads that runs have asked other tools for: which job a task waits for, come what may."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import psycopg
from psycopg.rows import class_row

from medallion.sources.base.sync import SyncRequest
from medallion.warehouse.session.statements import statements

SQL = "registry/syncs.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncTask:
    """The task of one run that asks for a load."""

    domain: str
    dag_id: str
    run_id: str
    task_id: str
    request: SyncRequest

    def words(self) -> dict[str, object]:
        """For statements."""
        request = asdict(self.request)
        own = {"domain": self.domain, "dag_id": self.dag_id, "run_id": self.run_id}
        return {**request, **own, "task_id": self.task_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSync:
    """What a try has left.

    Attributes:
        after_job: the newest job that there was before the load was asked for; 0: none.
        job_id: the job that is waited for; None: whether there is one is not known.
        is_over: whether the task has seen its end.
    """

    after_job: int
    job_id: int | None
    is_over: bool


def find_asked(connection: psycopg.Connection, task: SyncTask) -> AskedSync | None:
    """What earlier tries of the task have asked for; None: nothing."""
    with connection.cursor(row_factory=class_row(AskedSync)) as cursor:
        return cursor.execute(statements(SQL)["find"], task.words()).fetchone()


def ask(connection: psycopg.Connection, task: SyncTask, after_job: int) -> None:
    """Note that a load is about to be asked for: whoever comes later looks for it."""
    connection.execute(statements(SQL)["ask"], {**task.words(), "after_job": after_job})


def keep_job(connection: psycopg.Connection, task: SyncTask, job_id: int) -> None:
    """Note which job it is."""
    connection.execute(statements(SQL)["keep_job"], {**task.words(), "job_id": job_id})


def finish(connection: psycopg.Connection, task: SyncTask, status: str) -> None:
    """Note that the job has ended, and how: the next time another one is asked for."""
    connection.execute(statements(SQL)["finish"], {**task.words(), "status": status})


def note_problem(connection: psycopg.Connection, task: SyncTask, problem: str) -> None:
    """Note why a try of the task has failed: alerts say it."""
    connection.execute(statements(SQL)["note_problem"], {**task.words(), "problem": problem})


def clear_problem(connection: psycopg.Connection, task: SyncTask) -> None:
    """Note that the task has succeeded."""
    connection.execute(statements(SQL)["clear_problem"], task.words())
