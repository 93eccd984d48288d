"""A table's intervals: what is there, missing or restated; and what was made of some, made again.

Airflow makes the runs (`restate_dag`); the journal and the registry know how far they are.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from medallion.airflow.pages import csrf
from medallion.airflow.pages.access import Viewer, ViewerDep, no_such
from medallion.airflow.pages.backfill_form import Wrong
from medallion.airflow.pages.charts import interval_strip, progress_bar
from medallion.airflow.pages.desk import find_plan, loader_url, reading
from medallion.airflow.pages.rendering import HEADERS, link, page
from medallion.airflow.pages.restate_form import (
    RestateAsked,
    RestateOrdered,
    RestateWish,
    find_below,
    wish_of,
)
from medallion.airflow.pages.restate_runs import is_paused, list_runs, start_run
from medallion.airflow.pages.table import open_table
from medallion.catalogue.intervals import read_intervals_page
from medallion.catalogue.restatements import RestatementPage, read_restatement
from medallion.operations.environments.setting import read_environment
from medallion.operations.restate import open_restatement
from medallion.schedules.clock import UTC_NAME
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.registry.restatements import get_restatement
from medallion.warehouse.session.transaction import session

router = APIRouter()

MOST_ON_STRIP = 400
"""Stretches that are drawn: the latest."""


@router.get("/tables/{name}/intervals")
def show_intervals(
    request: Request, viewer: ViewerDep, name: str, asked: Annotated[RestateAsked, Query()]
) -> HTMLResponse:
    """What is known of a table's intervals, the form, and what was asked for as a preview."""
    if asked.is_empty:
        return _tab(request, viewer, name, asked)
    try:
        return _tab(request, viewer, name, asked, wish=wish_of(viewer, name, asked))
    except Wrong as wrong:
        return _tab(request, viewer, name, asked, wrong=wrong)


@router.post("/tables/{name}/intervals")
def start(
    request: Request, viewer: ViewerDep, name: str, asked: Annotated[RestateOrdered, Form()]
) -> Response:
    """Start what the preview has shown."""
    with open_table(viewer, name) as one:
        viewer.must_trigger(one.head.row.dag_id)
    csrf.hold_to_token(request, viewer, asked.token)
    try:
        wish = wish_of(viewer, name, asked)
        if not wish.preview.runs:
            raise Wrong({"table": "Nothing was made of these intervals: no run follows."})
    except Wrong as wrong:
        return _tab(request, viewer, name, asked, wrong=wrong)
    return _to(request, _start(viewer, wish))


@router.get("/restatements/{number}")
def follow(request: Request, viewer: ViewerDep, number: int) -> HTMLResponse:
    """How far it is. The page loads itself again while it runs."""
    shown = follow_restatement(viewer, number)
    with open_table(viewer, str(shown.entry.table.public)) as one:
        head = one.head
    return page(
        request,
        "restatement.html",
        viewer=viewer,
        head=head,
        shown=shown,
        bar=progress_bar(shown.count_by_state()),
        may_change=viewer.may_trigger(head.row.dag_id),
        token=csrf.token_for(viewer),
    )


def follow_restatement(viewer: Viewer, number: int) -> RestatementPage:
    """One restatement, if the person may see its table.

    Raises:
        HTTPException: 404.
    """
    # Airflow is asked first: what a run publishes meanwhile is shown.
    attempts = list_runs(number)
    with reading(f"looking at restatement {number}") as opened:
        entry = get_restatement(opened, number)
    if entry is None or entry.table.domain not in viewer.domains:
        raise no_such("restatement", str(number))
    with open_table(viewer, str(entry.table.public)) as one:
        head = one.head
    plan = find_plan(head.row.dag_id)
    downstream = [
        below for below in find_below(head, entry.stretch) if below.table.domain in viewer.domains
    ]
    with reading(f"looking at restatement {number}") as opened:
        return read_restatement(
            opened,
            entry,
            plan.settings.timezone if plan else UTC_NAME,
            downstream,
            attempts,
            is_paused=is_paused(),
        )


def _start(viewer: Viewer, wish: RestateWish) -> int:
    """The restatement's number. The journal has it before Airflow: where Airflow does not start it,
    what is to be made again is known, and the same form continues it."""
    table = wish.head.table
    with session(loader_url(), f"restating {table.public}") as connection:
        entry, is_new = open_restatement(
            connection, table, wish.stretch, wish.downstream, by=viewer.name
        )
        if not is_new:
            record_action(
                connection,
                table,
                by=viewer.name,
                action="continue a restatement",
                details={"restatement": entry.number},
            )
    start_run(entry.number, viewer.name)
    return entry.number


def _tab(
    request: Request,
    viewer: Viewer,
    name: str,
    asked: RestateAsked,
    *,
    wish: RestateWish | None = None,
    wrong: Wrong | None = None,
) -> HTMLResponse:
    with open_table(viewer, name) as one:
        head = one.head
        shown = read_intervals_page(one.session, head, find_plan(head.row.dag_id))
    return page(
        request,
        "intervals.html",
        status_code=422 if wrong else 200,
        viewer=viewer,
        head=head,
        shown=shown,
        strip=interval_strip(shown.stretches[-MOST_ON_STRIP:], shown.timezone),
        asked=asked,
        preview=wish.preview if wish else None,
        wrong=wrong.fields if wrong else {},
        may_change=viewer.may_trigger(head.row.dag_id),
        can_restate=read_environment() is None,
        token=csrf.token_for(viewer),
        tab="intervals",
    )


def _to(request: Request, number: int) -> RedirectResponse:
    place = link(request.scope.get("root_path", ""), "restatements", str(number))
    return RedirectResponse(place, status_code=303, headers=HEADERS)
