"""One dataset over ten thousand files: each step's time and memory, the manifest, the pages.

    PYTHONPATH=.:plugins .venv/bin/python -m bench.files [FILES]

By hand. Each step runs in a process of its own, as a task does; one record of a file in a hundred
is quarantined. Then Airflow's API server shows the table, and each page is asked for three times.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from shutil import rmtree
from statistics import median
from typing import Any

import httpx

from bench.catalogue import register_dags, serving
from bench.child import ROOT, run_side
from bench.path import project
from bench.warehouse import URL
from bench.workspace import Workspace
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.roles import ensure_local_roles
from medallion.local.settings import StackSettings, choose_ports, prepare
from medallion.local.stack import migrate

FILES, ROWS = 10_000, 20
FOLDER = "include/data/bench"
COLUMNS = {
    "id": {"type": "bigint"},
    "shop": {"type": "text", "clean": ["trim"]},
    "day": {"type": "date"},
    "amount": {"type": "decimal(12,2)"},
}
CHECKS: list[dict[str, Any]] = [
    {"not_null": {"column": "shop"}},
    {"unique": {"column": "id"}},
    {"between": {"column": "amount", "min_value": 0}},
]
GOLD = "select shop, sum(amount) as total from silver_bench.sales group by 1"
RUN = "manual__files"
TABLE = "silver_bench.sales"
PAGES = (
    "/medallion/",
    f"/medallion/tables/{TABLE}",
    f"/medallion/tables/{TABLE}/quarantine",
    f"/medallion/tables/{TABLE}/versions",
    f"/medallion/tables/{TABLE}/rows",
    f"/medallion/dags/bench.orders/runs/{RUN}",
)


def main(words: list[str]) -> None:
    """A line of JSON for each step, one for what is left on the disk, one for each page."""
    number = int(words[0]) if words else FILES
    folder = Workspace.of(quick=False, rows=None).fresh("files")
    with prepared(folder) as settings:
        began = time.perf_counter()
        write_files(settings.paths.project_root / FOLDER, number)
        print(json.dumps({"files": number, "written_in": round(time.perf_counter() - began, 1)}))
        for found in chain(run_steps(settings), measure_lake(settings), clock_pages(settings)):
            print(json.dumps(found), flush=True)


@contextmanager
def prepared(folder: Path) -> Iterator[StackSettings]:
    """A project without files, and its databases; the server is stopped at the end."""
    root = folder / "project"
    paths = LocalPaths(project_root=root, state_root=folder / "state", dags_folder=root / "dags")
    EmbeddedPostgres(paths.postgres).stop()  # of a measurement that was broken off
    rmtree(folder)
    (root / "dags").mkdir(parents=True)
    (root / "plugins").symlink_to(ROOT / "plugins")
    try:
        choose_ports(paths)
        settings = prepare(paths)
        migrate(settings)
        register_dags(settings, ["bench.orders"])
        ensure_local_roles(paths)
        yield settings
    finally:
        EmbeddedPostgres(paths.postgres).stop()


def write_files(folder: Path, number: int) -> None:
    """So many CSVs of twenty rows, all with keys of their own."""
    folder.mkdir(parents=True)
    for one in range(number):
        rows = [
            f"{one * ROWS + row},shop {row},2026-01-{1 + one % 28:02},{row}.50"
            for row in range(ROWS)
        ]
        if one % 100 == 0:
            rows[-1] = f"{one * ROWS + ROWS - 1},shop,no day,1.00"
        (folder / f"sales_{one:05}.csv").write_text("\n".join(["id,shop,day,amount", *rows, ""]))


def run_steps(settings: StackSettings) -> Iterator[dict[str, object]]:
    """Each task in turn: seconds by the clock and of a processor, the peak of memory, its log."""
    made = project(Path(FOLDER) / "sales_*.csv", COLUMNS, "id", CHECKS, GOLD, "shop")
    (name,) = (name for name in made if name.endswith(".yaml"))
    made[name]["gold"] = {"totals": made[name]["gold"].popitem()[1]}
    given = {
        "root": str(settings.paths.project_root),
        "files": made,
        "lake": str(settings.paths.lake),
        "run_id": RUN,
    }
    env = {
        URL: settings.databases.warehouse_url,
        "MEDALLION_PROJECT_ROOT": str(settings.paths.project_root),
        "MEDALLION_STATE_ROOT": str(settings.paths.state_root),
    }
    silver = ("land", "gate_bronze", "clean", "gate_silver", "publish")
    gold = ("build", "gate", "publish")
    for task in [*(f"sales.{step}" for step in silver), *(f"totals.{step}" for step in gold)]:
        load = round(os.getloadavg()[0], 1)
        said = run_side("path_step", {**given, "tasks": [task]}, env)
        yield {
            "task": task,
            "seconds": round(said["seconds"], 1),
            "processor_seconds": round(said["processor_seconds"], 1),
            "peak_mib": round(said["peak_mib"]),
            "log_lines": said["log_lines"],
            "log_kib": round(said["log_bytes"] / 1024, 1),
            "load": load,
        }


def measure_lake(settings: StackSettings) -> Iterator[dict[str, object]]:
    """The landing's files, and its manifest."""
    files = [path for path in settings.paths.lake.rglob("*") if path.is_file()]
    (manifest,) = (path for path in files if "manifest" in path.name)
    yield {
        "lake_files": len(files),
        "manifest_kib": round(manifest.stat().st_size / 1024),
        "lake_mib": round(sum(path.stat().st_size for path in files) / 2**20, 1),
    }


def clock_pages(settings: StackSettings) -> Iterator[dict[str, object]]:
    """Of each page its status, the median seconds of three, and its size."""
    with serving(settings) as client:
        for path in PAGES:
            yield {"page": path, **clock_page(client, path)}


def clock_page(client: httpx.Client, path: str) -> dict[str, object]:
    """A page's status, its median seconds of three, and its size in KiB."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        answer = client.get(path, headers={"Accept": "text/html, application/json"})
        times.append(time.perf_counter() - began)
    return {
        "status": answer.status_code,
        "seconds": round(median(times), 2),
        "kib": round(len(answer.content) / 1024),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
