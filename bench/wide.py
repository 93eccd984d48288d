"""Many tables of one database in a live Airflow: what a task costs each component of the stack.

    PYTHONPATH=.:plugins .venv/bin/python -m bench.wide [TABLES] [DAG]

By hand, on a machine that does nothing else: it starts a stack of its own in `.medallion/bench`.
A schema of so many small tables is made on its PostgreSQL, `new` writes the spec, and Airflow runs
it; beside it a DAG of as many tasks of the same groups whose operator returns at once. Of both it
says the time, and the seconds of a processor that each component took for a task: what all its
processes have used, those that have ended too. While each runs and afterwards it clocks what the
grid and the graph ask of the API server, and looks whether the scheduler is healthy. `DAG` is
one of the two alone. Where `MEDALLION_BENCH_PICTURES` names a folder, Chromium takes pictures of
the grid and the graph into it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import psutil
import psycopg
from psycopg import sql

from bench.child import ROOT
from bench.waiting import wait_until
from bench.workspace import Workspace
from medallion.cli.live_run import LiveRun, trigger
from medallion.local import stack
from medallion.local.environment import airflow_environment, postgres_connection
from medallion.local.journal import Journal
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import ADMIN, StackSettings, admin_password

TABLES, ROWS, COLUMNS = 400, 100, 20
A_GROUP = 25
DAG, EMPTY = "erp.mirror", "bench_empty"
PATIENCE_SECONDS = 3600.0
CHROMIUM = "/usr/bin/chromium"

_EMPTY_DAG = '''\
"""As many tasks as {dag} has, in the same groups, that do nothing."""

from datetime import datetime, timezone

from airflow.sdk import DAG, BaseOperator, TaskGroup


class NothingOperator(BaseOperator):
    def execute(self, context):
        return None


START = datetime(2026, 1, 1, tzinfo=timezone.utc)
with DAG(dag_id="{empty}", schedule=None, start_date=START) as dag:
    for first in range(0, {tables}, {a_group}):
        with TaskGroup(group_id=f"group_{{first}}"):
            for number in range(first, min(first + {a_group}, {tables})):
                NothingOperator(task_id=f"task_{{number}}")
'''


def main(words: list[str]) -> None:
    """Start the stack, measure, print, and stop it."""
    tables = int(words[0]) if words else TABLES
    wanted = words[1:] or [EMPTY, DAG]
    with wide_stack(Workspace.of(quick=False, rows=None).fresh("wide"), tables) as settings:
        for found in measure(settings, tables, wanted):
            print(json.dumps(found), flush=True)


def measure(
    settings: StackSettings, tables: int, wanted: Sequence[str]
) -> Iterator[Mapping[str, object]]:
    """What each DAG's run took, and the longest answers of what the UI asks of it."""
    for dag_id, tasks in ((EMPTY, tables), (DAG, tables + 1)):
        if dag_id in wanted:
            yield {"dag": dag_id, "tasks": tasks, **run(settings, dag_id, tasks)}
            yield {"dag": dag_id, "seconds_of_answers": clock_pages(settings, dag_id)}
            if folder := os.environ.get("MEDALLION_BENCH_PICTURES"):
                yield {"dag": dag_id, "pictures": take_pictures(settings, dag_id, Path(folder))}


@contextmanager
def wide_stack(folder: Path, tables: int) -> Iterator[StackSettings]:
    """A stack with both DAGs, stopped at the end."""
    shutil.rmtree(folder)
    paths = _make_project(folder, tables)
    server = EmbeddedPostgres(paths.postgres)
    server.start()
    source = make_tables(server, tables)
    os.environ["AIRFLOW_CONN_ERP_DB"] = postgres_connection(source)
    try:
        settings = stack.up(paths)
        write_spec(settings)
        yield settings
    finally:
        stack.down(paths)


def _make_project(folder: Path, tables: int) -> LocalPaths:
    """A project without specs, and the DAG of empty tasks."""
    project = folder / "project"
    for name in ("specs/erp", "include/sql", "dags"):
        (project / name).mkdir(parents=True)
    (project / "plugins").symlink_to(ROOT / "plugins")
    shutil.copy(ROOT / "dags/medallion_pipelines.py", project / "dags")
    text = _EMPTY_DAG.format(dag=DAG, empty=EMPTY, tables=tables, a_group=A_GROUP)
    (project / "dags" / f"{EMPTY}.py").write_text(text)
    return LocalPaths(
        project_root=project, state_root=folder / "state", dags_folder=project / "dags"
    )


def make_tables(server: EmbeddedPostgres, tables: int) -> str:
    """A database with a schema of so many tables; its URL."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE erp")
    url = server.url("erp")
    more = sql.SQL(", ").join(
        sql.SQL("g * {number} AS {name}").format(
            number=sql.Literal(number), name=sql.Identifier(f"n_{number}")
        )
        for number in range(1, COLUMNS - 1)
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA sales")
        for number in range(tables):
            name = sql.Identifier("sales", f"table_{number:03}")
            connection.execute(
                sql.SQL(
                    "CREATE TABLE {} AS SELECT g::bigint AS id, 'row ' || g AS label, {}"
                    " FROM generate_series(1, {}) AS g"
                ).format(name, more, sql.Literal(ROWS))
            )
            connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(name))
    return url


def write_spec(settings: StackSettings) -> None:
    """Have `new` write the spec of all tables."""
    words = ["new", DAG.replace(".", "/"), "--connection", "erp_db", "--schema", "sales"]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "medallion.cli", *words, "--tables", "*"],
        env={**os.environ, **airflow_environment(settings)},
        check=False,
        capture_output=True,
        text=True,
    )
    if not (settings.paths.project_root / "specs/erp/mirror.yaml").exists():
        raise RuntimeError(done.stdout + done.stderr)
    print(json.dumps({"new": round(time.perf_counter() - began, 1)}), flush=True)


def run(settings: StackSettings, dag_id: str, tasks: int) -> dict[str, object]:
    """Run the DAG once; its seconds, and those of a processor for a task, by component."""
    with client_of(settings) as client:
        wait_until(
            lambda: client.get(f"/api/v2/dags/{dag_id}").is_success,
            f"Airflow to find {dag_id}",
            PATIENCE_SECONDS,
        )
    before, load, began = count_used(settings), os.getloadavg()[0], time.perf_counter()
    live = trigger(settings, dag_id)
    seen: dict[str, list[float]] = {}
    ill = 0
    while not live.has_finished():
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise TimeoutError(f"{dag_id} still runs after {PATIENCE_SECONDS} s")
        for name, took in clock_pages(settings, dag_id, times=1).items():
            seen.setdefault(name, []).append(took)
        ill += not is_healthy(settings)
        time.sleep(10)
    seconds = time.perf_counter() - began
    after = count_used(settings)
    return {
        "state": live.state(),
        "seconds": round(seconds, 1),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "states": count_states(live),
        "seconds_of_answers_meanwhile": {
            name: [round(median(times), 2), round(max(times), 2)] for name, times in seen.items()
        },
        "looks_at_which_a_component_was_ill": ill,
        "processor_ms_a_task": {
            name: round(1000 * (used - before.get(name, 0)) / tasks, 1)
            for name, used in after.items()
        },
    }


def count_states(live: LiveRun) -> dict[str, int]:
    """The tasks of a run by their state."""
    path, found = f"/api/v2/dags/{live.dag_id}/dagRuns/{live.run_id}/taskInstances", Counter[str]()
    while True:
        params = {"limit": 100, "offset": found.total()}
        page = live.client.get(path, params=params).raise_for_status().json()["task_instances"]
        found.update(str(one["state"]) for one in page)
        if not page:
            return dict(found)


def is_healthy(settings: StackSettings) -> bool:
    """Whether the API server says that all components are."""
    with client_of(settings) as client:
        said = client.get("/api/v2/monitor/health").raise_for_status().json()
    return all(one["status"] in ("healthy", None) for one in said.values())


def take_pictures(settings: StackSettings, dag_id: str, folder: Path) -> dict[str, float]:
    """Pictures of the grid and the graph, 1,440 pixels wide; the seconds until each was quiet."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    with client_of(settings) as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        token = client.headers["Authorization"].removeprefix("Bearer ")
        context.add_cookies([{"name": "_token", "value": token, "url": settings.api_url}])
        for name, path in (("grid", f"/dags/{dag_id}"), ("graph", f"/dags/{dag_id}?view=graph")):
            page = context.new_page()
            began = time.perf_counter()
            page.goto(f"{settings.api_url}{path}", wait_until="networkidle", timeout=300_000)
            found[name] = round(time.perf_counter() - began, 1)
            page.screenshot(path=str(folder / f"{dag_id}.{name}.png"))
            page.close()
        browser.close()
    return found


def count_used(settings: StackSettings) -> dict[str, float]:
    """The seconds of a processor that each component has used; `tasks` are the executor's."""
    used: dict[str, float] = {}
    for name, entry in Journal(settings.paths.run).components().items():
        members = entry.family.members()
        if name == "scheduler":
            scheduler = [one for one in members if one.pid == entry.family.leader]
            used[name] = sum(_own(one) for one in scheduler)
            used["tasks"] = sum(_own(one) + _ended(one) for one in members if one not in scheduler)
            used["tasks"] += sum(_ended(one) for one in scheduler)
        else:
            used[name] = sum(_own(one) + _ended(one) for one in members)
    pid = EmbeddedPostgres(settings.paths.postgres).pid()
    if pid is not None:
        server = psutil.Process(pid)
        used["postgres"] = sum(_own(one) for one in (server, *server.children())) + _ended(server)
    return used


def _own(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _ended(process: psutil.Process) -> float:
    """What children that have ended had used."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.children_user + times.children_system)


@contextmanager
def client_of(settings: StackSettings) -> Iterator[httpx.Client]:
    """Of the REST API, logged in."""
    with httpx.Client(base_url=settings.api_url, trust_env=False, timeout=120.0) as client:
        login = {"username": ADMIN, "password": admin_password(settings.paths)}
        token = client.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def clock_pages(settings: StackSettings, dag_id: str, times: int = 5) -> dict[str, float]:
    """Seconds of each answer that the grid and the graph are made of: the median of so many."""
    found = {}
    with client_of(settings) as client:
        (run,) = client.get(f"/api/v2/dags/{dag_id}/dagRuns").json()["dag_runs"][:1]
        for name, path, params in (
            ("grid", f"/ui/grid/structure/{dag_id}", {}),
            ("graph", "/ui/structure/structure_data", {"dag_id": dag_id}),
            ("states", f"/ui/grid/ti_summaries/{dag_id}", {"run_ids": run["dag_run_id"]}),
        ):
            taken = []
            for _ in range(times):
                began = time.perf_counter()
                client.get(path, params=params).raise_for_status()
                taken.append(time.perf_counter() - began)
            found[name] = round(median(taken), 3)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
