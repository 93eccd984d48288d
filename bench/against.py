"""`python -m bench.against CHECKOUT`: this build beside another one of Medallion, in turn.

The other one is a checkout (`git worktree add --detach ../old COMMIT`). Both run with this build's
benchmark, this environment's packages, and projects and databases of their own. `land`, `clean`,
`gate`, `table` and `pages` are each build's own sides of that name, since what they call has moved.
A tiny gate runs in a fork of a process that has Great Expectations, as a worker's tasks do.

Each comparison is printed by the clock and by the time of processors that a side's process takes
from its start to its end, with the server's: on a busy machine the second one is the one to trust.
The peaks of memory are of the largest of a pipeline's tasks, each in a process of its own. `--keep`
puts what is found into builds.json and results.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from bench import builds, database, gate, path, projects, report, rest, stage, store
from bench.__main__ import CLAIMS
from bench.airflow_home import parsing_environment
from bench.builds import Comparison, Sides
from bench.child import ROOT, run_side
from bench.processors import Processors
from bench.rounds import Side, alternate
from bench.warehouse import SOURCE_URL, URL, warehouse
from bench.workspace import Workspace

HERE, THERE = "this build", "the other"
ORDERS, PAGES = 1_000_000, 100
MOST_PASSES = 3
"""Over the files of a project, until all of its specs are compiled."""
MOST = {"land": 0.2, "path": 0.5, "path_preloaded": 0.5}
"""Of the other's figure, where less than that is asked: any other may rise by a twentieth."""
WHAT = {
    "unchanged": "parse all specs, unchanged",
    "changed": "parse all specs, all changed",
    "files": "parse every DAG file once, specs unchanged",
    "task": "parse at task start, second in its process",
    "first": "parse at task start, first in its process",
    "fresh": "parse at task start, nothing of Medallion imported",
    "build": "build a tiny gold table",
    "land": "land a CSV of orders",
    "clean": "clean and stage it",
    "unlogged": "clean and stage it, unlogged table",
    "gate": "gate of 8 expectations on it",
    "gate_tiny": f"gate of 8 expectations on {gate.TINY_ROWS} rows, warm worker",
    "path": "land, gate, clean, gate, publish, and gold, cold",
    "path_preloaded": "land, gate, clean, gate, publish, and gold, as preloaded workers do",
    "table": "land, clean and stage a table of a database",
    "pages": f"land {PAGES} numbered pages of an API that takes 100 ms",
    "peak_rows": "peak of memory of a pipeline's tasks, 9 columns",
    "peak_columns": f"peak of memory of them, {path.WIDE_ROWS:,} rows of 200 columns",
    "peak_cells": f"peak of memory of them, {path.CELL_ROWS:,} rows with a cell of 1 MB",
    "peak_table": "peak of memory of landing and cleaning a table of a database",
}


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is measured, and how often."""

    specs: int
    rows: int
    rounds: int

    def __str__(self) -> str:
        return f"{self.rounds} rounds, {self.specs:,} specs, {self.rows:,} rows"


@dataclass(frozen=True, kw_only=True)
class Build:
    """A checkout, with a project and a database to run on."""

    checkout: Path
    root: Path
    specs: int
    env: Mapping[str, str]
    orders: Mapping[str, Any]
    """What the sides that land and clean are handed; each build has a lake of its own."""
    tiny: Mapping[str, Any]
    """Of these, what differs where the orders are few."""
    workspace: Workspace
    rows: int
    port: int
    """Where the pages are."""

    @classmethod
    def of(
        cls,
        checkout: Path,
        name: str,
        workspace: Workspace,
        sizes: Sizes,
        urls: Sequence[str],
        port: int,
    ) -> Build:
        """Write its project. `urls` are of its warehouse, and of the database that it reads: the
        other build's warehouse, since no source may read its own."""
        specs, rows = sizes.specs, sizes.rows
        root = workspace.fresh("against") / name
        projects.write_medallion(root, specs)
        for file in (checkout / "dags").glob("*.py"):
            (root / "airflow_dags").mkdir(exist_ok=True)
            shutil.copy(file, root / "airflow_dags")
        env = {
            **parsing_environment(workspace, root),
            "PYTHONPATH": f"{checkout / 'plugins'}:{ROOT}",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(checkout / "plugins"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(root / "airflow_dags"),
            URL: urls[0],
            SOURCE_URL: urls[1],
        }
        orders = {
            **stage.files(workspace, rows),
            **stage.KINDS["stage.copy"],
            "lake": str(workspace.fresh("against") / f"{name}_lake"),
        }
        return cls(
            checkout=checkout, root=root, specs=specs, env=env, orders=orders, rows=rows,
            tiny={**stage.files(workspace, gate.TINY_ROWS), "lake": orders["lake"]},
            workspace=workspace, port=port,
        )  # fmt: skip

    def prepare(self, name: str) -> None:
        """What a side finds there, which is not measured: of a project, its first use."""
        if name in ("unchanged", "changed", "files", "task", "first", "fresh"):
            self._compile()
            self._parse()
        if name in ("land", "clean", "unlogged", "gate"):
            self._own("land_orders")
        if name == "gate":
            self._own("clean_orders")
        if name == "gate_tiny":
            self._own("land_orders", **self.tiny)
            self._own("clean_orders", **self.tiny)
        if name in ("table", "peak_table"):
            database.make_orders(self.env[SOURCE_URL], self.rows)

    def sides(self) -> dict[str, Side]:
        """What is measured, in seconds."""
        return {
            "unchanged": self._parse,
            "changed": self._changed,
            "files": self._files,
            "task": lambda: self._start(1),
            "first": lambda: self._start(0),
            "fresh": lambda: self._start(0, preloaded=False),
            "build": self._build,
            "land": lambda: self._own("land_orders"),
            "clean": lambda: self._own("clean_orders"),
            "unlogged": lambda: self._own("clean_orders", **stage.KINDS["stage.copy_unlogged"]),
            "gate": lambda: self._gate(forked=False),
            "gate_tiny": lambda: self._gate(forked=True, **self.tiny),
            "path": self._path,
            "path_preloaded": lambda: self._path(preload=True),
            "table": self._table,
            "pages": self._pages,
            "peak_rows": lambda: self._peak(path.orders_files(self.workspace, self.rows)),
            "peak_columns": lambda: self._peak(path.wide_files(self.workspace)),
            "peak_cells": lambda: self._peak(path.cell_files(self.workspace)),
            "peak_table": lambda: self._table("peak_mib"),
        }

    def _parse(self) -> float:
        file = str(self.root / "dags" / "pipelines.py")
        given = {"file": file, "dags": self.specs, "tasks": projects.TASKS}
        return float(run_side("parse_dags", given, self.env)["seconds"])

    def _changed(self) -> float:
        projects.forget_what_was_read(self.root)
        return self._parse()

    def _compile(self) -> None:
        """By the files of the domains: a parse compiles for ten seconds at most, which are too few
        for all specs in one file. Where the machine has other work, or a build makes those files in
        its first pass, one pass is not enough."""
        for _ in range(MOST_PASSES):
            if self._parse_files()["dags"] >= self.specs:
                return

    def _files(self) -> float:
        return float(self._parse_files()["seconds"])

    def _parse_files(self) -> dict[str, Any]:
        given = {"folder": str(self.root / "airflow_dags")}
        return run_side("parse_files", given, self.env)

    def _start(self, which: int, *, preloaded: bool = True) -> float:
        last = self.specs - 1
        file = projects.starting_tasks(self.root, self.root / "dags" / "pipelines.py", last)
        given = {"files": {"it": file}, "rounds": 9, "preloaded": preloaded}
        pairs: list[list[float]] = run_side("start_task", given, self.env)["seconds"]["it"]
        return median(pair[which] for pair in pairs[1:])

    def _own(self, side: str, figure: str = "seconds", **more: Any) -> float:
        env = {**self.env, "PYTHONPATH": f"{self.checkout / 'plugins'}:{self.checkout}"}
        given = {**self.orders, **more}
        return float(run_side(side, given, env, self.checkout)[figure])

    def _gate(self, *, forked: bool, **more: Any) -> float:
        return self._own("gate_orders", by="medallion", failing=False, forked=forked, **more)

    def _table(self, figure: str = "seconds") -> float:
        return self._own("database_orders", figure, by="medallion")

    def _pages(self) -> float:
        asked = {"by": "medallion", "port": self.port, "total": "total"}
        return self._own("rest_films", **asked, per_second=rest.ALLOWED)

    def _path(self, *, preload: bool = False) -> float:
        files = path.orders_files(self.workspace, self.rows)
        return float(self._tasks(files, (), uuid4().hex, preload=preload)["seconds"])

    def _peak(self, files: Mapping[str, Any]) -> float:
        run_id = uuid4().hex
        peaks = [self._tasks(files, (task,), run_id)["peak_mib"] for task in path.tasks_of(files)]
        return float(max(peaks))

    def _tasks(
        self, files: Mapping[str, Any], tasks: Sequence[str], run_id: str, *, preload: bool = False
    ) -> dict[str, Any]:
        given = {
            "root": self.orders["folder"], "files": files, "tasks": tasks,
            "lake": self.orders["lake"], "run_id": run_id, "preload": preload,
        }  # fmt: skip
        return run_side("path_step", given, self.env)

    def _build(self) -> float:
        return median(run_side("tiny_build", {"builds": 9}, self.env)["seconds"])


def main() -> int:
    """Measure in alternating rounds; print each ratio with its range."""
    options = _parser().parse_args()
    sizes = Sizes(specs=options.specs, rows=options.rows, rounds=options.rounds)
    workspace = Workspace.of(quick=False, rows=None)
    with (
        warehouse(workspace) as server,
        rest.serving(PAGES, rest.RATE_SECONDS) as port,
    ):
        urls = (server.url, server.source_url)
        here = Build.of(ROOT, "here", workspace, sizes, urls, port)
        other = options.checkout.resolve()
        there = Build.of(other, "there", workspace, sizes, urls[::-1], port)
        for name in options.only or WHAT:
            found = _compare(name, here, there, Processors(server.pid), sizes)
            print(f"{found.what} ({found.size}, load {found.load_before:.1f}):")
            for way, sides in found.by.items():
                older, this = median(sides.theirs), median(sides.ours)
                print(f"  {way}: {sides}, {older:.4g} → {this:.4g} {found.unit}", flush=True)
            if options.keep:
                builds.keep(workspace.results, name, found)
    if options.keep:
        print(report.write(workspace.results, CLAIMS, store.load(workspace.results)))
    return 0


def _compare(
    name: str, here: Build, there: Build, processors: Processors, sizes: Sizes
) -> Comparison:
    """Both in turn, by the clock and by processors; of memory, the peaks."""
    load = round(os.getloadavg()[0], 2)
    for build in (there, here):
        build.prepare(name)
    spent: dict[str, list[float]] = {THERE: [], HERE: []}
    sides = {
        word: processors.watch(build.sides()[name], spent[word])
        for word, build in ((THERE, there), (HERE, here))
    }
    of_memory = name.startswith("peak_")
    rounds = alternate(sides, sizes.rounds, lambda text: None)
    measured = Sides(theirs=rounds.of(THERE), ours=rounds.of(HERE))
    processed = Sides(theirs=spent[THERE], ours=spent[HERE])
    return Comparison(
        what=WHAT[name],
        target=MOST.get(name, builds.FALLEN),
        unit="MiB" if of_memory else "s",
        size=str(sizes),
        other=_commit(there.checkout),
        measured_at=datetime.now(UTC).isoformat(timespec="minutes"),
        load_before=load,
        by={"peak": measured} if of_memory else {"clock": measured, "processors": processed},
    )


def _commit(checkout: Path) -> str:
    """The checkout's commit, shortened."""
    words = ["git", "-C", str(checkout), "rev-parse", "--short=8", "HEAD"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    parser.add_argument("checkout", type=Path, help="the folder of the other build")
    parser.add_argument("--only", nargs="+", choices=WHAT, help="these; else all")
    parser.add_argument("--specs", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=ORDERS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="into builds.json and results.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
