"""The facts of the pages as JSON, for scripts: log in as for Airflow's own API.

The values that pages do not show are not here either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from medallion.airflow.pages import backfills, intervals
from medallion.airflow.pages.access import ViewerDep
from medallion.airflow.pages.approvals import read_approvals
from medallion.airflow.pages.asked import TablesAsked
from medallion.airflow.pages.backfill_form import BackfillAsked, Wrong
from medallion.airflow.pages.desk import find_plan, read_declared, reading
from medallion.airflow.pages.lineage import Focus, Within, open_lineage
from medallion.airflow.pages.products import open_product
from medallion.airflow.pages.rendering import page
from medallion.airflow.pages.restate_form import RestateAsked, wish_of
from medallion.airflow.pages.run import open_run
from medallion.airflow.pages.specs import read_refused_specs
from medallion.airflow.pages.table import Text, open_rows, open_table, quarantine_of, versions_of
from medallion.catalogue.backfills import BackfillPage, BackfillPreview, BackfillSeen
from medallion.catalogue.column_lineage import ColumnLineage
from medallion.catalogue.domain import Domain, read_domain
from medallion.catalogue.incidents import Troubles, read_troubles
from medallion.catalogue.intervals import read_table_intervals
from medallion.catalogue.lineage import Lineage
from medallion.catalogue.overview import Overview, read_overview
from medallion.catalogue.products import ProductLine, ProductPage, list_products
from medallion.catalogue.quality import Quality, read_quality
from medallion.catalogue.quarantine import Quarantine, RowsAsked, read_quarantine
from medallion.catalogue.refused import RefusedSpec
from medallion.catalogue.restatements import RestatementPage, RestatePreview
from medallion.catalogue.run import RunPage
from medallion.catalogue.table import TablePage, read_column_lineage, read_story
from medallion.catalogue.versions import Versions, read_versions
from medallion.operations.intervals import TableIntervals
from medallion.warehouse.catalogue.preview import Preview
from medallion.warehouse.registry.approvals import AskedApproval

router = APIRouter(prefix="/api")


@router.get("/tables")
def list_tables(viewer: ViewerDep, asked: Annotated[TablesAsked, Query()]) -> Overview:
    """The tables that you may see, what needs somebody first; 100 a page."""
    with reading("reading the overview") as session:
        return read_overview(session, read_declared(), viewer.domains, asked.filters(), asked.page)


@router.get("/incidents")
def list_incidents(
    viewer: ViewerDep, domain: Annotated[str, Query(max_length=40)] = ""
) -> Troubles:
    """What is wrong now in the domains that you may see, and connections that messages wait for."""
    with reading("reading the incidents") as session:
        return read_troubles(session, viewer.domains, domain)


@router.get("/tables/{name}")
def get_table(viewer: ViewerDep, name: str) -> TablePage:
    """One table: what is declared of it, its columns, lineage, and last publications."""
    with open_table(viewer, name) as one:
        story = read_story(one.session, one.known, one.head)
    if not viewer.may_trigger(one.head.row.dag_id):
        story = story.without_names()
    return TablePage(head=one.head, story=story.as_seen_by(viewer.domains))


@router.get("/tables/{name}/columns")
def get_columns(viewer: ViewerDep, name: str) -> list[ColumnLineage]:
    """Where each column of a table comes from, and which columns are made of it."""
    with open_table(viewer, name) as one:
        return read_column_lineage(one.session, one.known, one.head, viewer.domains)


@router.get("/tables/{name}/rows")
def get_rows(viewer: ViewerDep, name: str) -> Preview:
    """The first 50 rows of a table, as texts, read by the role of its domain; without columns that
    hold personal data, protected or not: those are named in `hidden`."""
    return open_rows(viewer, name)[1]


@router.get("/products")
def get_products(viewer: ViewerDep) -> list[ProductLine]:
    """The data products of the domains that you may see."""
    return list_products(read_declared(), viewer.domains)


@router.get("/products/{product_id}")
def get_product(viewer: ViewerDep, product_id: str) -> ProductPage:
    """One data product, with the state of those of its tables that you may see."""
    return open_product(viewer, product_id)


@router.get("/tables/{name}/quality")
def get_quality(viewer: ViewerDep, name: str) -> Quality:
    """What the checks of a table found in its last runs."""
    with open_table(viewer, name) as one:
        return read_quality(one.session, one.head.table, lambda names: one.find_hidden(named=names))


@router.get("/tables/{name}/quarantine")
def get_quarantine(
    viewer: ViewerDep,
    name: str,
    run: Text = "",
    reason: Text = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Quarantine:
    """The open rows of a table's quarantine, 50 a page, by `next_after`."""
    asked = RowsAsked(run_id=run or None, reason=reason or None, after=after)
    with open_table(viewer, name, quarantine_of) as one:
        return read_quarantine(one.session, one.head.table, one.find_hidden(), asked)


@router.get("/tables/{name}/versions")
def get_versions(
    viewer: ViewerDep,
    name: str,
    before: Annotated[int, Query(ge=0)] = 0,
    after: Annotated[int, Query(ge=0)] = 0,
) -> Versions:
    """The versions of a table that are kept; two of them held against each other."""
    asked = (before, after) if before and after else None
    with open_table(viewer, name, versions_of(asked)) as one:
        return read_versions(one.session, one.head, one.find_hidden(*(asked or ())), asked)


@router.get("/tables/{name}/intervals")
def get_intervals(viewer: ViewerDep, name: str) -> TableIntervals:
    """Which intervals of a table that grows are there, missing, restated or dropped; none of
    another one."""
    with open_table(viewer, name) as one:
        return read_table_intervals(one.session, one.head, find_plan(one.head.row.dag_id))


@router.get("/tables/{name}/restate/preview")
def preview_restatement(
    viewer: ViewerDep, name: str, asked: Annotated[RestateAsked, Query()]
) -> RestatePreview:
    """What would run again if intervals of a table were restated: days, or moments, of the
    pipeline's zone, both included. The form on the page of the intervals starts it."""
    try:
        return wish_of(viewer, name, asked).preview
    except Wrong as wrong:
        raise _refuse(wrong) from None


@router.get("/restatements/{number}")
def get_restatement(viewer: ViewerDep, number: int) -> RestatementPage:
    """How far one restatement is: of each table below, how many runs are left."""
    return intervals.follow_restatement(viewer, number)


@router.get("/tables/{name}/approvals")
def get_approvals(viewer: ViewerDep, name: str) -> Sequence[AskedApproval]:
    """What people were asked before the last publications of a table, and what they decided."""
    with open_table(viewer, name) as one:
        return read_approvals(viewer, one)


@router.get("/dags/{dag_id}/runs/{run_id}")
def get_run(viewer: ViewerDep, dag_id: str, run_id: str) -> RunPage:
    """What one run did, table by table."""
    return open_run(viewer, dag_id, run_id)


@router.get("/domains/{domain}")
def get_domain(viewer: ViewerDep, domain: str) -> Domain:
    """One domain: its tables, pipelines, readers and cost."""
    viewer.domain(domain)
    with reading(f"reading the domain {domain}") as session:
        return read_domain(session, read_declared(), domain)


@router.get("/specs")
def list_refused_specs(viewer: ViewerDep) -> list[RefusedSpec]:
    """The refused files that you may see: each problem with its place, the lines around it and the
    remedy, and whether the last good version runs."""
    return read_refused_specs(viewer)


@router.get("/lineage")
def get_lineage(
    viewer: ViewerDep, focus: Focus = "", domain: Within = "", columns: bool = False
) -> Lineage:
    """The lineage of all that you may see, or of the table `focus` alone, or of the tables of a
    `domain` with what is right beside them; with `columns` also which column is made of which."""
    return open_lineage(viewer, focus, domain, with_columns=columns)


@router.get("/backfills")
def list_backfills(viewer: ViewerDep) -> list[BackfillSeen]:
    """The last backfills of the DAGs that you may see, the latest first. Airflow's own API starts
    and changes them: `POST /api/v2/backfills`."""
    return backfills.backfills_for(viewer)


@router.get("/backfills/preview")
def preview_backfill(
    viewer: ViewerDep, asked: Annotated[BackfillAsked, Query()]
) -> BackfillPreview:
    """What a backfill would do, before it is started: days, or moments, of the pipeline's
    zone, both included."""
    try:
        return backfills.preview_backfill(viewer, asked)[1]
    except Wrong as wrong:
        raise _refuse(wrong) from None


@router.get("/backfills/{backfill_id}")
def get_backfill(viewer: ViewerDep, backfill_id: int) -> BackfillPage:
    """How far one backfill is, what became of each interval, and about how long it still takes."""
    return backfills.follow_backfill(viewer, backfill_id)


@router.get("/openapi.json", include_in_schema=False)
def describe(request: Request, viewer: ViewerDep) -> dict[str, Any]:
    """This API in OpenAPI's form."""
    return _schema(request)


@router.get("/", include_in_schema=False)
def show_api(request: Request, viewer: ViewerDep) -> HTMLResponse:
    """This API for people: each address, what it takes and what it gives."""
    schema = _schema(request)
    calls = [
        {"path": path, **call}
        for path, methods in schema["paths"].items()
        for call in [methods["get"]]
    ]
    return page(request, "api.html", viewer=viewer, calls=calls)


def _refuse(wrong: Wrong) -> HTTPException:
    detail = [{"field": key, "problem": said} for key, said in wrong.fields.items()]
    return HTTPException(status_code=422, detail=detail)


def _schema(request: Request) -> dict[str, Any]:
    root = request.scope.get("root_path", "")
    return get_openapi(
        title="Medallion catalogue",
        version="1",
        summary="The facts of the catalogue's pages.",
        description="Log in as for Airflow's own API: a token of `POST /auth/token` in the header "
        "`Authorization: Bearer …`. You see the domains of which you may read a DAG.",
        routes=router.routes,
        servers=[{"url": root or "/"}],
    )
