"""Ten thousand specs in Airflow's own DAG processor: its passes, its memory, a task, the pages.

    PYTHONPATH=.:plugins .venv/bin/python -m bench.many [SPECS] [PART …]

By hand: it starts a stack of its own in `.medallion/bench`. The parts, all of them by default:

- `new`: the processor finds the specs for the first time: until Airflow has all DAGs.
- `pass`: a fresh processor goes through all files once (`--num-runs 1`), no spec has changed.
- `start`: a task's parse, as `bench.task_start` has it.
- `live`: scheduler and API server beside it; pipelines are triggered while the processor works,
  and pages are asked for.

Of each file the processor itself says how long it took (`print_stats_interval`), from the fork to
the answer: the wait for a processor of a busy machine is in it. Memory is looked at twice a second:
`rss` is what one process has in it, shared pages too, `all` counts each shared page once (PSS).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy, rmtree
from statistics import median

import psutil
import psycopg

from bench import projects
from bench.airflow_home import parsing_environment
from bench.catalogue import serving
from bench.child import ROOT, run_side
from bench.files import clock_page
from bench.waiting import wait_until
from bench.wide import client_of
from bench.workspace import Workspace
from medallion.cli.live_run import trigger
from medallion.local.databases import WAREHOUSE
from medallion.local.environment import airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.processes import Family, start_family, stop_families
from medallion.local.settings import StackSettings, choose_ports, prepare
from medallion.local.stack import migrate
from medallion.warehouse.roles.reconcile import reconcile

SPECS, A_DOMAIN = 10_000, 100
PARTS = ("new", "pass", "start", "live")
RUNS = 3
PATIENCE_SECONDS = 3600.0
STATS = re.compile(r"(\S+\.py)\s.*?([\d.]+)s\s+\d{4}-\d\d-\d\dT[\d:]+\s*$")
PAGES = (
    "/api/v2/dags?limit=50",
    "/ui/dags?limit=50",
    "/medallion/",
)
CSV = "Order,Customer,Date,Amount,Quantity,Status\n1,Ada,2026-01-02,12.50,2,paid\n"


def main(words: list[str]) -> None:
    """Each part's figures, as a line of JSON."""
    specs = int(words[0]) if words and words[0].isdigit() else SPECS
    parts = [word for word in words if word in PARTS] or list(PARTS)
    workspace = Workspace.of(quick=False, rows=None)
    with made_project(workspace.fresh("many"), specs) as settings:
        for part in parts:
            load = round(os.getloadavg()[0], 1)
            found = _MEASURE[part](settings, specs)
            print(json.dumps({"part": part, "specs": specs, "load": load, **found}), flush=True)


@contextmanager
def made_project(folder: Path, specs: int) -> Iterator[StackSettings]:
    """The specs, and databases that Airflow has never seen; the server is stopped at the end."""
    root = folder / "project"
    paths = LocalPaths(
        project_root=root, state_root=folder / "state", dags_folder=root / "airflow_dags"
    )
    EmbeddedPostgres(paths.postgres).stop()  # of a measurement that was broken off
    rmtree(folder)
    projects.write_medallion(root, specs, A_DOMAIN)
    (root / "plugins").symlink_to(ROOT / "plugins")
    paths.dags_folder.mkdir()
    for file in (ROOT / "dags").glob("*.py"):
        copy(file, paths.dags_folder)
    for number in range(RUNS):
        data = root / "include/data" / projects.domain_of(number, A_DOMAIN) / f"orders_{number}.csv"
        data.parent.mkdir(parents=True, exist_ok=True)
        data.write_text(CSV)
    try:
        choose_ports(paths)
        settings = prepare(paths)
        # Without a spec: `make up` reads all of them for their roles, and these have none.
        server = EmbeddedPostgres(paths.postgres)
        for _ in reconcile(server.url(WAREHOUSE), settings.databases.warehouse_url, ()):
            pass
        migrate(settings)
        yield settings
    finally:
        EmbeddedPostgres(paths.postgres).stop()


def find_them(settings: StackSettings, specs: int) -> dict[str, object]:
    """From nothing until Airflow has every DAG: they are compiled, serialized and written."""
    with processor(settings) as running:
        wait_until(
            lambda: count_dags(settings) >= specs, "Airflow to have all DAGs", PATIENCE_SECONDS
        )
        return running.figures()


def pass_once(settings: StackSettings, specs: int) -> dict[str, object]:
    """Each file once, by a processor that ends then."""
    if count_dags(settings) < specs:
        raise SystemExit("`pass` comes after `new`")
    with processor(settings, "--num-runs", "1") as running:
        wait_until(running.has_ended, "the pass to end", PATIENCE_SECONDS)
        return running.figures()


def start_a_task(settings: StackSettings, specs: int) -> dict[str, object]:
    """Milliseconds of a task's parse in a forked process: its first, and one more."""
    paths = settings.paths
    last = specs - 1
    file = paths.dags_folder / "domains" / projects.domain_of(last, A_DOMAIN) / "pipelines.py"
    given = {
        "files": {"it": projects.starting_tasks(paths.project_root, file, last, A_DOMAIN)},
        "rounds": 31,
        "preloaded": True,
    }
    env = {
        **parsing_environment(Workspace.of(quick=False, rows=None), paths.project_root),
        "MEDALLION_STATE_ROOT": str(paths.state_root),
        "AIRFLOW__CORE__DAGS_FOLDER": str(paths.dags_folder),
    }
    said = run_side("start_task", given, env)
    return {
        f"{which}_{kind}_ms": round(1000 * median(pair[number] for pair in said[key]["it"][1:]), 2)
        for kind, key in (("clock", "seconds"), ("processor", "processor_seconds"))
        for number, which in enumerate(("first", "second"))
    }


def run_live(settings: StackSettings, specs: int) -> dict[str, object]:
    """Pipelines that are triggered while the processor goes through its files; and pages."""
    with serving(settings), scheduler(settings), processor(settings) as running:
        runs = [_run_one(settings, number) for number in range(RUNS)]
        with client_of(settings) as client:
            bearer = client.headers["Authorization"].removeprefix("Bearer ")
            client.cookies.set("_token", bearer)
            pages = {path: clock_page(client, path) for path in PAGES}
        return {"runs": runs, "pages": pages, "processor": running.figures()}


@contextmanager
def scheduler(settings: StackSettings) -> Iterator[None]:
    """Airflow's, with the LocalExecutor of `make up`."""
    child, family = start_family(
        [sys.executable, "-m", "airflow", "scheduler", "--skip-serve-logs"],
        env={**os.environ, **airflow_environment(settings)},
        log=settings.paths.logs / "scheduler.log",
        cwd=settings.paths.state_root,
    )
    try:
        yield
    finally:
        stop_families([family], patience_seconds=30, reap=child.poll)


def _run_one(settings: StackSettings, number: int) -> dict[str, object]:
    """Seconds of a run of eight tasks, and what a task waited from being queued to its start."""
    dag_id = f"{projects.domain_of(number, A_DOMAIN)}.pipeline_{number}"
    began = time.perf_counter()
    live = trigger(settings, dag_id)
    wait_until(live.has_finished, f"the run of {dag_id}", PATIENCE_SECONDS)
    seconds = time.perf_counter() - began
    with client_of(settings) as client:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{live.run_id}/taskInstances"
        tasks = client.get(path).raise_for_status().json()["task_instances"]
    with psycopg.connect(settings.databases.metadata_url) as metadata:
        (waited,) = metadata.execute(
            "SELECT percentile_cont(0.5) WITHIN GROUP"
            " (ORDER BY extract(epoch FROM start_date - queued_dttm))"
            " FROM task_instance WHERE dag_id = %s AND run_id = %s AND start_date IS NOT NULL",
            [dag_id, live.run_id],
        ).fetchone() or (None,)
    return {
        "state": live.state(),
        "tasks": len(tasks),
        "seconds": round(seconds, 1),
        "queued_to_start_s": None if waited is None else round(float(waited), 2),
    }


def count_dags(settings: StackSettings) -> int:
    """The DAGs that Airflow has in its database, with what a task runs by."""
    with psycopg.connect(settings.databases.metadata_url) as metadata:
        row = metadata.execute(
            "SELECT count(*) FROM dag WHERE NOT is_stale AND dag_id LIKE 'domain\\_%'"
            " AND EXISTS (SELECT FROM serialized_dag s WHERE s.dag_id = dag.dag_id)"
        ).fetchone()
    return int(row[0]) if row else 0


@dataclass(kw_only=True)
class Processor:
    """A running DAG processor, and what was seen of it."""

    child: subprocess.Popen[bytes]
    family: Family
    log: Path
    began: float
    peaks: dict[str, float] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def has_ended(self) -> bool:
        """Whether it has; it raises where that was an error."""
        code = self.child.poll()
        if code:
            raise SystemExit(f"the DAG processor ended with {code}: {self.log}")
        return code is not None

    def look(self) -> None:
        """Keep the peaks of memory, in MiB, and the seconds of a processor, until it is stopped."""
        while not self.stopped.wait(0.5):
            mebibytes: dict[str, list[float]] = {}
            shared_once = 0.0
            for name, process in self._name_members():
                try:
                    memory = process.memory_full_info()
                    times = process.cpu_times()
                except psutil.Error:
                    continue
                mebibytes.setdefault(name, []).append(memory.rss / 2**20)
                shared_once += memory.pss / 2**20
                if name == "manager":
                    self.used = {"itself": sum(times[:2]), "files": sum(times[2:4])}
            seen = {name: max(sizes) for name, sizes in mebibytes.items()}
            for name, size in {**seen, "all": shared_once}.items():
                self.peaks[name] = max(self.peaks.get(name, 0.0), size)

    def _name_members(self) -> Iterator[tuple[str, psutil.Process]]:
        """The manager, the child of a file, and who compiles, in a session of its own."""
        with_children = self.family.members()
        for process in with_children:
            yield ("manager" if process.pid == self.family.leader else "file"), process
        known = {process.pid for process in with_children}
        try:
            below = psutil.Process(self.family.leader).children(recursive=True)
        except psutil.Error:
            return
        yield from (("compiler", process) for process in below if process.pid not in known)

    def figures(self) -> dict[str, object]:
        """Seconds since it was started, the longest files, memory."""
        files = read_stats(self.log)
        longest = sorted(files.items(), key=lambda one: -one[1])[:3]
        return {
            "seconds": round(time.monotonic() - self.began, 1),
            "processor_seconds": {name: round(used, 1) for name, used in self.used.items()},
            "files": len(files),
            "median_file_s": round(median(files.values()), 2) if files else None,
            "longest_files_s": dict(longest),
            "peak_mib": {name: round(size) for name, size in sorted(self.peaks.items())},
        }


@contextmanager
def processor(settings: StackSettings, *options: str) -> Iterator[Processor]:
    """The DAG processor alone, as `make up` starts it."""
    paths = settings.paths
    log = paths.logs / f"dag-processor-{time.time_ns()}.log"
    child, family = start_family(
        [sys.executable, "-m", "airflow", "dag-processor", *options],
        env={
            **os.environ,
            **airflow_environment(settings),
            "AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL": "1",
        },
        log=log,
        cwd=paths.state_root,
    )
    running = Processor(child=child, family=family, log=log, began=time.monotonic())
    looking = threading.Thread(target=running.look)
    looking.start()
    try:
        yield running
    finally:
        running.stopped.set()
        looking.join()
        stop_families([family], patience_seconds=30, reap=child.poll)


def read_stats(log: Path) -> dict[str, float]:
    """The longest seconds of each file, of all the tables that the processor has written."""
    found: dict[str, float] = {}
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if match := STATS.search(line):
                file, seconds = match.group(1), float(match.group(2))
                found[file] = max(found.get(file, 0.0), seconds)
    return found


_MEASURE: Mapping[str, Callable[[StackSettings, int], dict[str, object]]] = {
    "new": find_them,
    "pass": pass_once,
    "start": start_a_task,
    "live": run_live,
}

if __name__ == "__main__":
    main(sys.argv[1:])
