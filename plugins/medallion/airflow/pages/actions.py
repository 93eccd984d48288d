"""What a person changes from a table's pages: each is asked for once more, and journalled.

Who may trigger the table's DAG may do it. The first form shows what would happen; the second one,
with `confirmed`, does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from medallion.airflow import replay_dag
from medallion.airflow.pages import csrf
from medallion.airflow.pages.access import Viewer, ViewerDep
from medallion.airflow.pages.desk import loader_url
from medallion.airflow.pages.rendering import HEADERS, link, page
from medallion.airflow.pages.table import open_table
from medallion.catalogue.table import TableHead
from medallion.errors import SetupError
from medallion.names import Layer, environment_of
from medallion.operations.drop_quarantine import drop_chosen_rows
from medallion.operations.environments.setting import read_environment
from medallion.operations.pins import pin_version, unpin_version
from medallion.operations.rollback import find_rolled_back_with, rollback
from medallion.prose import tally
from medallion.roots import lake_root
from medallion.steps.publish.primary import refuse_former_server
from medallion.warehouse.quarantine.chosen import LARGEST_ID, Chosen, ChosenCount, count_chosen
from medallion.warehouse.registry.operator_actions import REPLAY, record_action
from medallion.warehouse.session.transaction import session

router = APIRouter(prefix="/tables")

Token = Annotated[str, Form(max_length=500)]
MOST = 900
"""So many of a kind may be selected at once: a form has at most 1,000 fields, and the one that asks
once more has some of its own."""
_TEXT = r"^[^\x00]*$"
Runs = Annotated[
    list[Annotated[str, Form(max_length=250, pattern=_TEXT)]],
    Form(max_length=MOST, default_factory=list),
]
Reasons = Annotated[
    list[Annotated[str, Form(max_length=1000, pattern=_TEXT)]],
    Form(max_length=MOST, default_factory=list),
]
RowNumber = Annotated[int, Form(ge=1, le=LARGEST_ID)]
Rows = Annotated[list[RowNumber], Form(max_length=MOST, default_factory=list)]
Version = Annotated[int, Form(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a person is asked once more.

    Attributes:
        title: what is done, as the button says it.
        said: what it means.
        words: what the form has sent, for the second one to send again.
        back_to: the tab of the table's page that shows what was done.
        danger: whether it cannot be undone.
    """

    title: str
    said: str
    words: Mapping[str, object]
    back_to: str
    danger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A form about a table, as it was sent: to be asked once more, or to have it done."""

    request: Request
    viewer: Viewer
    head: TableHead
    name: str
    confirmed: bool
    token: str

    def confirm_or_do(self, change: Change, do: Callable[[], object]) -> Response:
        """Ask once more, or do it and show the table's page again.

        Raises:
            HTTPException: 403, a confirmed form is not the person's.
            FormerPrimary: the warehouse has left the server that answers.
        """
        if not self.confirmed:
            return _confirm(self.request, self.viewer, self.head, change)
        csrf.hold_to_token(self.request, self.viewer, self.token)
        if not environment_of(self.head.table.domain):
            refuse_former_server(loader_url(), lake_root(), f"changing {self.name}")
        do()
        return _back(self.request, self.name, change.back_to)


def _ask(
    request: Request,
    viewer: ViewerDep,
    name: str,
    confirmed: Annotated[bool, Form()] = False,
    token: Token = "",
) -> Asked:
    """Of a table that the person may see and change.

    Raises:
        HTTPException: 404, 403.
    """
    head = _changeable(viewer, name)
    return Asked(
        request=request, viewer=viewer, head=head, name=name, confirmed=confirmed, token=token
    )


AskedDep = Annotated[Asked, Depends(_ask)]


@router.post("/{name}/rollback")
def roll_back(asked: AskedDep, version: Version) -> Response:
    """Show readers another version that is kept."""
    others = find_rolled_back_with(loader_url(), asked.head.table, version)
    with_it = ", ".join(str(one.public) for one in others)
    change = Change(
        title=f"Go back to version {version}",
        said=(
            f"Readers of {asked.name} see version {version} in place of version "
            f"{asked.head.row.version} at once. Nothing is deleted; the next run publishes a new "
            "version."
        )
        + (f" What was published together with it goes back, too: {with_it}." if others else ""),
        words={"version": version},
        back_to="versions",
    )
    return asked.confirm_or_do(
        change,
        lambda: rollback(loader_url(), asked.head.table, version, by=asked.viewer.name),
    )


@router.post("/{name}/pin")
def pin(asked: AskedDep, version: Version) -> Response:
    """Keep a version beyond `keep_versions`."""
    change = Change(
        title=f"Pin version {version}",
        said=(
            f"Version {version} of {asked.name} stays, whatever is published, until somebody "
            "unpins it. After a breaking change that its spec allows it can still be compared, and "
            "nobody can go back to it."
        ),
        words={"version": version},
        back_to="versions",
    )
    return asked.confirm_or_do(
        change,
        lambda: pin_version(loader_url(), asked.head.table, version, by=asked.viewer.name),
    )


@router.post("/{name}/unpin")
def unpin(asked: AskedDep, version: Version) -> Response:
    """Leave a version to `keep_versions` again."""
    change = Change(
        title=f"Unpin version {version}",
        said=(
            f"Version {version} of {asked.name} goes with the next publication, if it is not "
            "among the latest that the spec keeps."
        ),
        words={"version": version},
        back_to="versions",
    )
    return asked.confirm_or_do(
        change,
        lambda: unpin_version(loader_url(), asked.head.table, version, by=asked.viewer.name),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What is selected of a quarantine, and how many rows that is now."""

    chosen: Chosen
    count: ChosenCount

    @property
    def words(self) -> Mapping[str, object]:
        """The form, for the second one to send again."""
        said: dict[str, object] = {
            "run": list(self.chosen.run_ids),
            "reason": list(self.chosen.reasons),
            "row": list(self.chosen.row_ids),
        }
        return {**{key: them for key, them in said.items() if them}, "up_to": self.chosen.up_to}


def _select(
    asked: AskedDep,
    run: Runs,
    reason: Reasons,
    row: Rows,
    up_to: Annotated[int | None, Form(ge=1, le=LARGEST_ID)] = None,
) -> Selected:
    """The rows of a form: those that are open now, and none that comes later.

    Raises:
        HTTPException: 400, nothing is selected; 409, none of it is open any more.
    """
    if not (run or reason or row):
        raise HTTPException(status_code=400, detail="Nothing is selected: select at least one.")
    chosen = Chosen(run_ids=tuple(run), reasons=tuple(reason), row_ids=tuple(row), up_to=up_to)
    table = asked.head.table
    with session(loader_url(), f"reading {table.quarantine}") as connection:
        count = count_chosen(connection, table, chosen)
    if not count.rows:
        raise HTTPException(
            status_code=409,
            detail=f"Nothing of what you have selected is open in the quarantine of {asked.name} "
            "any more: somebody has dropped or replayed it. Look at the quarantine again.",
        )
    return Selected(chosen=replace(chosen, up_to=up_to or count.last), count=count)


SelectedDep = Annotated[Selected, Depends(_select)]


@router.post("/{name}/quarantine/drop")
def drop(asked: AskedDep, selected: SelectedDep) -> Response:
    """Delete open rows for good: those of some runs, with some reasons, or single ones."""
    rows, runs = selected.count.rows, selected.count.runs
    change = Change(
        title="Drop these rows",
        said=(
            f"{tally(rows, 'open row')} of {tally(runs, 'run')} in the quarantine of {asked.name} "
            f"{'is' if rows == 1 else 'are'} deleted for good, and no replay brings "
            f"{'it' if rows == 1 else 'them'} back. The registry keeps how many, and that you did "
            "it."
        ),
        words=selected.words,
        back_to="quarantine",
        danger=True,
    )
    return asked.confirm_or_do(
        change,
        lambda: drop_chosen_rows(
            loader_url(), asked.head.table, selected.chosen, by=asked.viewer.name
        ),
    )


@router.post("/{name}/quarantine/replay")
def replay(asked: AskedDep, selected: SelectedDep) -> Response:
    """Have Airflow clean, gate and publish the runs of these rows again."""
    if (environment := read_environment()) is not None:
        raise SetupError(
            f"nothing is replayed in the {environment.label}: its Airflow has no DAG that would",
            remedy=f"run {asked.head.row.dag_id} again, which makes the table again",
        )
    if asked.head.table.layer is not Layer.SILVER:
        raise SetupError(
            f"{asked.name} is built again by each run: there is nothing to replay",
            remedy="fix its SQL or its checks, and run the pipeline",
        )
    rows, runs = selected.count.rows, selected.count.runs
    is_whole = not (selected.chosen.reasons or selected.chosen.row_ids)
    change = Change(
        title="Replay these runs" if is_whole else "Replay these rows",
        said=(
            f"{tally(rows, 'open row')} of {tally(runs, 'run')} "
            f"{'is' if rows == 1 else 'are'} tried again: the landings are cleaned, gated and "
            f"published, and gold tables of the pipeline that read {asked.name} are built again. "
            "Rows that fail again stay in quarantine"
            + ("." if is_whole else ", and so do the other open rows of these runs.")
        ),
        words=selected.words,
        back_to="quarantine",
    )
    return asked.confirm_or_do(
        change,
        lambda: _replay(asked, selected.chosen),
    )


def _replay(asked: Asked, chosen: Chosen) -> None:
    viewer = asked.viewer
    started = [_trigger(viewer, conf) for conf in list_confs(asked.name, chosen)]
    with session(loader_url(), "journalling a replay") as connection:
        details = {**chosen.describe(), "dag_runs": started}
        record_action(connection, asked.head.table, by=viewer.name, action=REPLAY, details=details)


def list_confs(name: str, chosen: Chosen) -> list[dict[str, object]]:
    """What the replay DAG is started with: once for each run that was chosen, whole or some rows
    of it, or once for rows of any run."""
    rows: dict[str, object] = {}
    if chosen.reasons or chosen.row_ids:
        rows = {
            "reasons": list(chosen.reasons) or None,
            "rows": list(chosen.row_ids) or None,
            "up_to": chosen.up_to,
        }
    if not chosen.run_ids:
        return [{"table": name, **rows}]
    return [{"table": name, "run_id": run_id, **rows} for run_id in chosen.run_ids]


def _changeable(viewer: Viewer, name: str) -> TableHead:
    """The table, if the person may see and change it.

    Raises:
        HTTPException: 404, 403.
    """
    with open_table(viewer, name) as one:
        head = one.head
    viewer.must_trigger(head.row.dag_id)
    return head


def _confirm(request: Request, viewer: Viewer, head: TableHead, change: Change) -> HTMLResponse:
    return page(
        request,
        "confirm.html",
        viewer=viewer,
        head=head,
        title=change.title,
        said=change.said,
        words={k: v if isinstance(v, list) else [v] for k, v in change.words.items()},
        token=csrf.token_for(viewer),
        danger=change.danger,
        back_to=change.back_to,
        tab="",
    )


def _back(request: Request, name: str, tab: str) -> RedirectResponse:
    place = link(request.scope.get("root_path", ""), "tables", name, tab)
    return RedirectResponse(place, status_code=303, headers=HEADERS)


def _trigger(viewer: Viewer, conf: Mapping[str, object]) -> str:
    """A run of the replay DAG; its id."""
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.utils.types import DagRunTriggeredByType

    run = trigger_dag(
        replay_dag.DAG_ID,
        triggered_by=DagRunTriggeredByType.UI,
        triggering_user_name=viewer.name,
        conf=dict(conf),
    )
    if run is None:
        raise SetupError(f"Airflow did not start {replay_dag.DAG_ID}", remedy="is the DAG there?")
    return str(run.run_id)
