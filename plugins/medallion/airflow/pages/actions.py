"""What a person changes from a table's pages: each is asked for once more, and journalled.

Who may trigger the table's DAG may do it. The first form shows what would happen; the second one,
with `confirmed`, does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from medallion.airflow import replay_dag
from medallion.airflow.pages import csrf
from medallion.airflow.pages.access import Viewer, ViewerDep
from medallion.airflow.pages.desk import loader_url
from medallion.airflow.pages.rendering import HEADERS, link, page
from medallion.airflow.pages.table import open_table
from medallion.catalogue.table import TableHead
from medallion.errors import SetupError
from medallion.names import Layer
from medallion.operations.drop_quarantine import drop_quarantine
from medallion.operations.pins import pin_version, unpin_version
from medallion.operations.rollback import rollback
from medallion.warehouse.registry.operator_actions import record_action
from medallion.warehouse.session.transaction import session

router = APIRouter(prefix="/tables")

Token = Annotated[str, Form(max_length=500)]
Runs = Annotated[list[Annotated[str, Form(max_length=250)]], Form(max_length=1000)]


@router.post("/{name}/rollback")
def roll_back(
    request: Request,
    viewer: ViewerDep,
    name: str,
    version: Annotated[int, Form(ge=1)],
    confirmed: Annotated[bool, Form()] = False,
    token: Token = "",
) -> Response:
    """Show readers another version that is kept."""
    head = _changeable(viewer, name)
    if not confirmed:
        said = (
            f"Readers of {name} see version {version} in place of version {head.row.version} at "
            "once. Nothing is deleted; the next run publishes a new version."
        )
        words = {"version": version}
        return _confirm(request, viewer, head, f"Go back to version {version}", said, words)
    csrf.hold_to_token(request, viewer, token)
    rollback(loader_url(), head.table, version, by=viewer.name)
    return _back(request, name, "versions")


@router.post("/{name}/pin")
def pin(
    request: Request,
    viewer: ViewerDep,
    name: str,
    version: Annotated[int, Form(ge=1)],
    confirmed: Annotated[bool, Form()] = False,
    token: Token = "",
) -> Response:
    """Keep a version beyond `keep_versions`."""
    head = _changeable(viewer, name)
    if not confirmed:
        said = (
            f"Version {version} of {name} stays, whatever is published, until somebody unpins it. "
            "A breaking change that its spec allows takes all former versions, pinned or not."
        )
        words = {"version": version}
        return _confirm(request, viewer, head, f"Pin version {version}", said, words)
    csrf.hold_to_token(request, viewer, token)
    pin_version(loader_url(), head.table, version, by=viewer.name)
    return _back(request, name, "versions")


@router.post("/{name}/unpin")
def unpin(
    request: Request,
    viewer: ViewerDep,
    name: str,
    version: Annotated[int, Form(ge=1)],
    confirmed: Annotated[bool, Form()] = False,
    token: Token = "",
) -> Response:
    """Leave a version to `keep_versions` again."""
    head = _changeable(viewer, name)
    if not confirmed:
        said = (
            f"Version {version} of {name} goes with the next publication, if it is not among the "
            "latest that the spec keeps."
        )
        words = {"version": version}
        return _confirm(request, viewer, head, f"Unpin version {version}", said, words)
    csrf.hold_to_token(request, viewer, token)
    unpin_version(loader_url(), head.table, version, by=viewer.name)
    return _back(request, name, "versions")


@router.post("/{name}/quarantine/drop")
def drop(
    request: Request,
    viewer: ViewerDep,
    name: str,
    run: Runs,
    confirmed: Annotated[bool, Form()] = False,
    token: Token = "",
) -> Response:
    """Delete the open rows of some runs for good."""
    head = _changeable(viewer, name)
    if not confirmed:
        said = (
            f"The open rows of {_runs(run)} in the quarantine of {name} are deleted for good. "
            "The registry keeps how many, and that you did it."
        )
        return _confirm(request, viewer, head, "Drop these rows", said, {"run": run}, danger=True)
    csrf.hold_to_token(request, viewer, token)
    drop_quarantine(loader_url(), head.table, run, by=viewer.name)
    return _back(request, name, "quarantine")


@router.post("/{name}/quarantine/replay")
def replay(
    request: Request,
    viewer: ViewerDep,
    name: str,
    run: Runs,
    confirmed: Annotated[bool, Form()] = False,
    token: Token = "",
) -> Response:
    """Have Airflow clean, gate and publish these runs again."""
    head = _changeable(viewer, name)
    if head.table.layer is not Layer.SILVER:
        raise SetupError(
            f"{name} is built again by each run: there is nothing to replay",
            remedy="fix its SQL or its checks, and run the pipeline",
        )
    if not confirmed:
        said = (
            f"The landings of {_runs(run)} are cleaned, gated and published again, and gold tables "
            f"of the pipeline that read {name} are built again. Rows that fail again stay in "
            "quarantine."
        )
        return _confirm(request, viewer, head, "Replay these runs", said, {"run": run})
    csrf.hold_to_token(request, viewer, token)
    started = [_trigger(viewer, {"table": name, "run_id": run_id}) for run_id in run]
    with session(loader_url(), "journalling a replay") as connection:
        details = {"runs": list(run), "dag_runs": started}
        record_action(connection, head.table, by=viewer.name, action="replay", details=details)
    return _back(request, name, "quarantine")


def _changeable(viewer: Viewer, name: str) -> TableHead:
    """The table, if the person may see and change it.

    Raises:
        HTTPException: 404, 403.
    """
    with open_table(viewer, name) as one:
        head = one.head
    viewer.must_trigger(head.row.dag_id)
    return head


def _confirm(
    request: Request,
    viewer: Viewer,
    head: TableHead,
    title: str,
    said: str,
    words: Mapping[str, object],
    *,
    danger: bool = False,
) -> HTMLResponse:
    return page(
        request,
        "confirm.html",
        viewer=viewer,
        head=head,
        title=title,
        said=said,
        words={k: v if isinstance(v, list) else [v] for k, v in words.items()},
        token=csrf.token_for(viewer),
        danger=danger,
        tab="",
    )


def _runs(run: list[str]) -> str:
    return "1 run" if len(run) == 1 else f"{len(run)} runs"


def _back(request: Request, name: str, tab: str) -> RedirectResponse:
    place = link(request.scope.get("root_path", ""), "tables", name, tab)
    return RedirectResponse(place, status_code=303, headers=HEADERS)


def _trigger(viewer: Viewer, conf: dict[str, str]) -> str:
    """A run of the replay DAG; its id."""
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.utils.types import DagRunTriggeredByType

    run = trigger_dag(
        replay_dag.DAG_ID,
        triggered_by=DagRunTriggeredByType.UI,
        triggering_user_name=viewer.name,
        conf=conf,
    )
    if run is None:
        raise SetupError(f"Airflow did not start {replay_dag.DAG_ID}", remedy="is the DAG there?")
    return str(run.run_id)
