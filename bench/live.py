"""From a trigger to published gold in a live Airflow, beside a DAG of as many empty tasks."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.child import ROOT
from bench.claims import Bound, Claim, Result
from bench.rounds import Say, alternate
from bench.waiting import wait_until
from bench.workspace import Workspace
from medallion.local import stack
from medallion.local.paths import LocalPaths
from medallion.local.settings import ADMIN, StackSettings, admin_password
from medallion.names import DagId
from medallion.plan.make import make_plan
from medallion.plan.model import Plan
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader

DAG = DagId("cinema", "box_office")
EMPTY_DAG = "bench_empty"
WARM_UPS = 3
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 300.0

CLAIMS = (
    Claim(
        name="live.empty",
        what="Trigger → gold in a live Airflow: our time ÷ a DAG of empty tasks'",
        how="The demo's pipeline against a DAG of as many tasks with the same groups and "
        "dependencies, each a BaseOperator whose execute returns at once (EmptyOperator would not "
        "do: the scheduler never starts such a task). Both are triggered over the REST API of the "
        f"local stack, against the bundled replay of TMDB, after {WARM_UPS} runs each to warm up "
        "the workers; the time is from the request to the run's success, seen by polling every "
        "tenth of a second.",
        bound=Bound.AT_MOST,
        target=2.0,
    ),
)

_EMPTY_DAG_FILE = """\
from datetime import datetime, timezone

from airflow.sdk import DAG, BaseOperator, TaskGroup

SHAPE = {shape!r}


class NothingOperator(BaseOperator):
    def execute(self, context):
        return None


dag = DAG(dag_id={dag_id!r}, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc))
groups = {{}}
for group, name, _ in SHAPE:
    if group not in groups:
        groups[group] = TaskGroup(group_id=group, dag=dag)
    NothingOperator(task_id=name, task_group=groups[group], dag=dag)
for group, name, upstream in SHAPE:
    for task_id in upstream:
        dag.task_dict[task_id].set_downstream(dag.task_dict[f"{{group}}.{{name}}"])
"""


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Start a stack of the benchmark's own, run both DAGs in turn, and stop it."""
    spec = ROOT / "specs" / DAG.domain / f"{DAG.pipeline}.yaml"
    plan = make_plan(load_spec(spec, ROOT, sql_reader(ROOT)))
    state = workspace.fresh("live")
    shutil.rmtree(state)  # the database of an earlier Medallion may not fit this one
    paths = LocalPaths(
        project_root=ROOT,
        state_root=state,
        dags_folder=_dags_folder(workspace, plan),
    )
    with _nobody_elses_services(), _running(paths, say) as airflow:
        for dag_id in (str(DAG), EMPTY_DAG):
            airflow.ready(dag_id)
            for _ in range(1 if workspace.quick else WARM_UPS):
                say(f"warming up: {dag_id} {airflow.run(dag_id):.2f} s")
        sides = {dag_id: (lambda d=dag_id: airflow.run(d)) for dag_id in (str(DAG), EMPTY_DAG)}
        rounds = alternate(sides, workspace.rounds(7, 2), say)
    return [
        Result(
            claim="live.empty",
            values=rounds.ratios(str(DAG), EMPTY_DAG),
            ours=f"{rounds.median(str(DAG)):.2f} s",
            theirs=f"{rounds.median(EMPTY_DAG):.2f} s",
            size=f"{len(plan.tasks)} tasks",
        )
    ]


class LiveAirflow:
    """The REST API of a running stack."""

    def __init__(self, settings: StackSettings) -> None:
        # No proxy, whatever the environment says: it is this machine.
        self._http = httpx.Client(base_url=settings.api_url, trust_env=False, timeout=30.0)
        login = {"username": ADMIN, "password": admin_password(settings.paths)}
        token = self._http.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def ready(self, dag_id: str) -> None:
        """Wait until Airflow knows the DAG; unpause it and let what that starts come to its end."""
        dag = f"/api/v2/dags/{dag_id}"
        wait_until(
            lambda: self._http.get(dag).is_success,
            f"Airflow to find the DAG {dag_id}",
            PATIENCE_SECONDS,
        )
        self._http.patch(dag, json={"is_paused": False}).raise_for_status()
        time.sleep(5)  # a DAG with a schedule gets its latest interval's run
        wait_until(
            lambda: not self._active_runs(dag), f"the runs of {dag_id} to end", PATIENCE_SECONDS
        )

    def run(self, dag_id: str) -> float:
        """Trigger the DAG; the seconds until its run has succeeded."""
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        began = time.perf_counter()
        answer = self._http.post(runs, json={"logical_date": None, "conf": {}})
        run_id = answer.raise_for_status().json()["dag_run_id"]
        while (state := self._state(f"{runs}/{run_id}")) not in ("success", "failed"):
            if time.perf_counter() - began > PATIENCE_SECONDS:
                raise TimeoutError(f"{dag_id} {run_id} is {state} after {PATIENCE_SECONDS} s")
            time.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - began
        if state == "failed":
            raise RuntimeError(f"the run {run_id} of {dag_id} failed: see its log in Airflow")
        return seconds

    def _state(self, run: str) -> str:
        return str(self._http.get(run).raise_for_status().json()["state"])

    def _active_runs(self, dag: str) -> bool:
        active = {"state": ["queued", "running"]}
        answer = self._http.get(f"{dag}/dagRuns", params=active).raise_for_status().json()
        return bool(answer["dag_runs"])


@contextmanager
def _running(paths: LocalPaths, say: Say) -> Iterator[LiveAirflow]:
    """The stack, stopped at the end whatever happens."""
    try:
        yield LiveAirflow(stack.up(paths, say))
    finally:
        stack.down(paths, say)


@contextmanager
def _nobody_elses_services() -> Iterator[None]:
    """The replay for TMDB and the stack's own warehouse, also where others are at hand."""
    names = ("TMDB_TOKEN", "AIRFLOW_CONN_TMDB_DEFAULT", "MEDALLION_WAREHOUSE_URL")
    hidden: Mapping[str, str] = {n: os.environ.pop(n) for n in names if n in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _dags_folder(workspace: Workspace, plan: Plan) -> Path:
    """The product's loader, and the empty DAG of the plan's shape."""
    folder = workspace.fresh("live_dags")
    loader = ROOT / "dags" / "medallion_pipelines.py"
    (folder / loader.name).write_text(loader.read_text())
    shape = [(task.group, task.name, list(task.upstream)) for task in plan.tasks]
    text = _EMPTY_DAG_FILE.format(shape=shape, dag_id=EMPTY_DAG)
    (folder / f"{EMPTY_DAG}.py").write_text(text)
    return folder
