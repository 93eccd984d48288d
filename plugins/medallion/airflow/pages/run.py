"""What one run did, as a tab of Airflow's page of it."""

from __future__ import annotations

from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from medallion.airflow.pages.access import Viewer, ViewerDep
from medallion.airflow.pages.desk import read_declared, reading
from medallion.airflow.pages.rendering import page
from medallion.catalogue.run import RunPage, read_run

router = APIRouter(prefix="/dags")
_GOING_ON = ("queued", "running")


@router.get("/{dag_id}/runs/{run_id}")
def show_run(request: Request, viewer: ViewerDep, dag_id: str, run_id: str) -> HTMLResponse:
    """What one run did, table by table."""
    return page(request, "run.html", viewer=viewer, shown=open_run(viewer, dag_id, run_id))


def open_run(viewer: Viewer, dag_id: str, run_id: str) -> RunPage:
    """What a run did so far, if the person may see its DAG.

    Raises:
        HTTPException: 404.
    """
    viewer.dag(dag_id)
    is_over = not _goes_on(dag_id, run_id)
    with reading("reading a run") as session:
        return read_run(session, read_declared(), dag_id, run_id, is_over=is_over)


def _goes_on(dag_id: str, run_id: str) -> bool:
    """What Airflow says; a run that it has deleted is over. It is asked before the registry: what
    a run publishes meanwhile is shown."""
    asked = select(DagRun.state).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
    with create_session() as session:
        state = session.scalar(asked)
    return str(getattr(state, "value", state)) in _GOING_ON
