"""The backfill desk: what one would do, its start, how far it is, and those before.

Airflow makes and follows the runs; a person can do here what he may do there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from airflow.utils.session import create_session
from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from medallion.airflow.backfills import seen
from medallion.airflow.backfills.start import (
    Change,
    NotStarted,
    Order,
    change_backfill,
    start_backfill,
)
from medallion.airflow.pages import csrf
from medallion.airflow.pages.access import Viewer, ViewerDep, no_such
from medallion.airflow.pages.backfill_form import (
    MOST_AT_ONCE,
    BackfillAsked,
    BackfillOrdered,
    Wish,
    Wrong,
    wish_of,
)
from medallion.airflow.pages.charts import progress_bar
from medallion.airflow.pages.desk import loader_url, read_declared, reading
from medallion.airflow.pages.rendering import HEADERS, link, page
from medallion.catalogue.backfills import (
    BackfillPage,
    BackfillPreview,
    BackfillSeen,
    read_backfill,
    read_preview,
)
from medallion.compiler.running import plan_that_runs
from medallion.errors import MedallionError, SetupError
from medallion.names import DagId
from medallion.roots import project_root
from medallion.warehouse.registry.operator_actions import record_pipeline_action
from medallion.warehouse.session.transaction import session

router = APIRouter(prefix="/backfills")

Token = Annotated[str, Form(max_length=500)]


@router.get("")
def show_backfills(
    request: Request, viewer: ViewerDep, asked: Annotated[BackfillAsked, Query()]
) -> HTMLResponse:
    """The form, what was asked for as a preview, and the backfills so far."""
    if asked.is_empty:
        return _desk(request, viewer, asked)
    try:
        return _desk(request, viewer, asked, preview=preview_backfill(viewer, asked)[1])
    except Wrong as wrong:
        return _desk(request, viewer, asked, wrong=wrong)


@router.post("")
def start(
    request: Request, viewer: ViewerDep, asked: Annotated[BackfillOrdered, Form()]
) -> Response:
    """Start what the preview has shown."""
    viewer.must_trigger(viewer.dag(asked.dag_id))
    csrf.hold_to_token(request, viewer, asked.token)
    try:
        wish, preview = preview_backfill(viewer, asked)
        backfill_id = _start(viewer, wish, preview)
    except Wrong as wrong:
        return _desk(request, viewer, asked, wrong=wrong)
    return _to(request, backfill_id)


@router.get("/{backfill_id}")
def follow(request: Request, viewer: ViewerDep, backfill_id: int) -> HTMLResponse:
    """How far it is. The page loads itself again while it runs."""
    shown = follow_backfill(viewer, backfill_id)
    return page(
        request,
        "backfill.html",
        viewer=viewer,
        shown=shown,
        bar=progress_bar(shown.seen.count_by_state()),
        may_change=shown.seen.is_open and viewer.may_change_runs(shown.seen.dag_id),
        token=csrf.token_for(viewer),
    )


@router.post("/{backfill_id}/{change}")
def change_it(
    request: Request, viewer: ViewerDep, backfill_id: int, change: Change, token: Token = ""
) -> Response:
    """Pause it, resume it, or cancel it."""
    dag_id = _read_seen(viewer, backfill_id).dag_id
    if not viewer.may_change_runs(dag_id):
        raise HTTPException(status_code=403, detail=f"You may look at {dag_id}, not change runs.")
    csrf.hold_to_token(request, viewer, token)
    with _journal(viewer, dag_id, f"{change} a backfill") as details:
        change_backfill(backfill_id, dag_id, change, viewer.user)
        details["backfill_id"] = backfill_id
    return _to(request, backfill_id)


def backfills_for(viewer: Viewer) -> list[BackfillSeen]:
    """The last backfills that a person may see."""
    with create_session() as metadata:
        return seen.backfills_of(metadata, viewer.dag_ids)


def preview_backfill(viewer: Viewer, asked: BackfillAsked) -> tuple[Wish, BackfillPreview]:
    """What was asked for, and what it would do.

    Raises:
        Wrong: it cannot be done, said at the field.
    """
    wish = wish_of(asked, read_declared(), viewer)
    dag_id = wish.pipeline.dag_id
    with create_session() as metadata:
        dag = seen.see_dag(metadata, str(dag_id), wish.first, wish.last)
    plan = plan_that_runs(project_root(), dag_id)
    if dag is None or plan is None:
        raise Wrong({"dag_id": f"Airflow has no DAG {dag_id} now: is its spec refused?"})
    at_once = wish.at_once or min(plan.settings.max_active_runs, MOST_AT_ONCE)
    try:
        with reading(f"looking at a backfill of {dag_id}") as opened:
            stretch = (wish.first, wish.last)
            preview = read_preview(opened, plan, dag, stretch, wish.again, at_once)
    except SetupError as error:
        said = f"{error.problem}: {error.remedy}."
        raise Wrong({"last": said[:1].upper() + said[1:]}) from None
    if dag.open_backfill is not None:
        raise Wrong(
            {
                "dag_id": f"Backfill {dag.open_backfill} of {dag_id} is not done yet: Airflow "
                "takes one of a DAG at a time, and closes it up to 30 s after its last run."
            }
        )
    return wish, preview


def follow_backfill(viewer: Viewer, backfill_id: int) -> BackfillPage:
    """One backfill, if the person may see its DAG.

    Raises:
        HTTPException: 404.
    """
    known = _read_seen(viewer, backfill_id)
    with create_session() as metadata:
        runs = seen.runs_of(metadata, backfill_id)
    dag_id = DagId.parse(known.dag_id)
    plan = plan_that_runs(project_root(), dag_id) if dag_id else None
    with reading(f"looking at backfill {backfill_id}") as opened:
        return read_backfill(opened, known, runs, plan)


def _start(viewer: Viewer, wish: Wish, preview: BackfillPreview) -> int:
    """Airflow starts it only once the journal can be written."""
    if not preview.starts:
        raise Wrong({"again": "Each of these intervals has a run: choose which are run again."})
    dag_id = preview.dag_id
    order = Order(
        dag_id=dag_id,
        first=preview.runs[0].start,
        last=preview.runs[-1].start,
        again=wish.again,
        at_once=preview.at_once,
    )
    with _journal(viewer, dag_id, "start a backfill") as details:
        try:
            backfill_id = start_backfill(order, viewer.user)
        except NotStarted as error:
            raise Wrong({"dag_id": f"Airflow did not start it: {error}."}) from None
        details |= {
            "backfill_id": backfill_id,
            "first": order.first.isoformat(),
            "last": order.last.isoformat(),
            "runs": preview.starts,
            "again": str(wish.again),
        }
    return backfill_id


@contextmanager
def _journal(viewer: Viewer, dag_id: str, action: str) -> Iterator[dict[str, object]]:
    """The journal of what the block does, with the details that it fills in once it has.

    Airflow keeps its own records: what it has done stays done where the journal fails.

    Raises:
        WarehouseUnavailable, WarehouseRefused: the journal lacks it; the error says whether it was
            done.
    """
    details: dict[str, object] = {}
    try:
        with session(loader_url(), "journalling a backfill") as connection:
            yield details
            record_pipeline_action(
                connection, dag_id, by=viewer.name, action=action, details=details
            )
    except MedallionError as error:
        if not details:
            raise
        raise type(error)(
            f"Airflow did {action} (backfill {details['backfill_id']} of {dag_id}), and only the "
            f"journal lacks it: {error.problem}",
            remedy="do not do it again: the page of the backfill shows it as it is",
        ) from error


def _read_seen(viewer: Viewer, backfill_id: int) -> BackfillSeen:
    with create_session() as metadata:
        known = seen.see_backfill(metadata, backfill_id)
    if known is None or known.dag_id not in viewer.dag_ids:
        raise no_such("backfill", str(backfill_id))
    return known


def _desk(
    request: Request,
    viewer: Viewer,
    asked: BackfillAsked,
    *,
    preview: BackfillPreview | None = None,
    wrong: Wrong | None = None,
) -> HTMLResponse:
    known = {str(one.dag_id): one for one in read_declared().pipelines}
    choice = viewer.triggerable([one for one in known if one in viewer.dag_ids])
    return page(
        request,
        "backfills.html",
        status_code=422 if wrong else 200,
        viewer=viewer,
        asked=asked,
        choice=[(one, known[one].schedule) for one in choice],
        preview=preview,
        wrong=wrong.fields if wrong else {},
        backfills=backfills_for(viewer),
        zones={dag_id: one.timezone for dag_id, one in known.items()},
        token=csrf.token_for(viewer),
        most_at_once=MOST_AT_ONCE,
    )


def _to(request: Request, backfill_id: int) -> RedirectResponse:
    place = link(request.scope.get("root_path", ""), "backfills", str(backfill_id))
    return RedirectResponse(place, status_code=303, headers=HEADERS)
