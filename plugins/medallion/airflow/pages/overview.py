"""The overview, and the tables of one DAG as a tab of Airflow's page of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from medallion.airflow.pages.access import ViewerDep
from medallion.airflow.pages.asked import TablesAsked
from medallion.airflow.pages.desk import read_declared, reading
from medallion.airflow.pages.rendering import page
from medallion.airflow.pages.specs import list_refused_for
from medallion.catalogue.incidents import read_troubles
from medallion.catalogue.overview import read_overview, read_tables, with_details

router = APIRouter()


@router.get("/")
def show_overview(
    request: Request, viewer: ViewerDep, asked: Annotated[TablesAsked, Query()]
) -> HTMLResponse:
    """Every table that the person may see, what needs somebody first."""
    with reading("reading the overview") as session:
        shown = read_overview(session, read_declared(), viewer.domains, asked.filters(), asked.page)
        troubles = read_troubles(session, viewer.domains, asked.domain)
    return page(
        request,
        "overview.html",
        viewer=viewer,
        shown=shown,
        troubles=troubles,
        filters=asked,
        refused=list_refused_for(viewer),
    )


@router.get("/dags/{dag_id}")
def show_dag(request: Request, viewer: ViewerDep, dag_id: str) -> HTMLResponse:
    """The tables that one DAG publishes."""
    known = read_declared()
    viewer.dag(dag_id)
    with reading("reading a DAG's tables") as session:
        rows = with_details(session, read_tables(session, known, viewer.domains, dag_id))
    pipeline = next((one for one in known.pipelines if str(one.dag_id) == dag_id), None)
    refused = [one for one in list_refused_for(viewer) if one.dag_id == dag_id]
    return page(
        request,
        "dag.html",
        viewer=viewer,
        dag_id=dag_id,
        pipeline=pipeline,
        rows=rows,
        refused=refused,
    )
