"""A run that is cleared asks for approval with a new text.

Airflow keeps the text and the form of a task's first request through a clear, and offers them again
whatever the task asks the next time. Where a cleared run starts again, the scheduler removes those
of publications that are going to run. The history of the request stays with the try that asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from medallion.airflow.savepoint import write_beside

if TYPE_CHECKING:
    from sqlalchemy import Connection

OPERATOR = "PublishOperator"


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Called in the scheduler when a run starts, for the first time or again."""
    write_beside(
        dag_run,
        lambda connection: forget_requests(connection, dag_run.dag_id, dag_run.run_id),
        "former requests of %s %s stay",
    )


def forget_requests(connection: Connection, dag_id: str, run_id: str) -> None:
    """Remove the requests of a run's publications that have not started."""
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from sqlalchemy import delete, select

    waiting = select(TaskInstance.id).where(
        TaskInstance.dag_id == dag_id,
        TaskInstance.run_id == run_id,
        TaskInstance.operator == OPERATOR,
        TaskInstance.state.is_(None),
    )
    connection.execute(delete(HITLDetail).where(HITLDetail.ti_id.in_(waiting)))
