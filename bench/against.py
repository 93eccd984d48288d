"""`python -m bench.against CHECKOUT`: this build beside another one of Medallion, in turn.

The other one is a checkout (`git worktree add --detach ../old COMMIT`). Both run with this build's
benchmark, this environment's packages, and projects and databases of their own. `land` and `clean`
are each build's own sides of that name, since what they call has moved.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import projects, stage
from bench.airflow_home import parsing_environment
from bench.child import ROOT, run_side
from bench.rounds import Side, alternate
from bench.warehouse import URL, warehouse
from bench.workspace import Workspace

HERE, THERE = "this build", "the other"
ORDERS = 1_000_000
WHAT = {
    "unchanged": "parse all specs, unchanged",
    "changed": "parse all specs, all changed",
    "files": "parse every DAG file once, specs unchanged",
    "task": "parse at task start, second in its process",
    "first": "parse at task start, first in its process",
    "fresh": "parse at task start, nothing of Medallion imported",
    "build": "build a tiny gold table",
    "land": "land a CSV of 1,000,000 rows",
    "clean": "clean and stage it",
}


@dataclass(frozen=True, kw_only=True)
class Build:
    """A checkout, with a project and a database to run on."""

    checkout: Path
    root: Path
    specs: int
    env: Mapping[str, str]
    orders: Mapping[str, Any]
    """What the sides that land and clean are handed; each build has a lake of its own."""

    @classmethod
    def of(cls, checkout: Path, name: str, workspace: Workspace, specs: int, url: str) -> Build:
        """Write its project."""
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
            URL: url,
        }
        orders = {
            **stage.files(workspace, ORDERS),
            **stage.KINDS["stage.copy"],
            "lake": str(workspace.fresh("against") / f"{name}_lake"),
        }
        return cls(checkout=checkout, root=root, specs=specs, env=env, orders=orders)

    def sides(self) -> dict[str, Side]:
        """What is measured, in seconds; each first use of a project is not."""
        self._parse()
        self._files()
        self._own("land_orders")
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
        }

    def _parse(self) -> float:
        file = str(self.root / "dags" / "pipelines.py")
        given = {"file": file, "dags": self.specs, "tasks": projects.TASKS}
        return float(run_side("parse_dags", given, self.env)["seconds"])

    def _changed(self) -> float:
        projects.forget_what_was_read(self.root)
        return self._parse()

    def _files(self) -> float:
        given = {"folder": str(self.root / "airflow_dags")}
        return float(run_side("parse_files", given, self.env)["seconds"])

    def _start(self, which: int, *, preloaded: bool = True) -> float:
        last = self.specs - 1
        file = projects.starting_tasks(self.root, self.root / "dags" / "pipelines.py", last)
        given = {"files": {"it": file}, "rounds": 9, "preloaded": preloaded}
        pairs: list[list[float]] = run_side("start_task", given, self.env)["seconds"]["it"]
        return median(pair[which] for pair in pairs[1:])

    def _own(self, side: str) -> float:
        env = {**self.env, "PYTHONPATH": f"{self.checkout / 'plugins'}:{self.checkout}"}
        return float(run_side(side, self.orders, env, self.checkout)["seconds"])

    def _build(self) -> float:
        return median(run_side("tiny_build", {"builds": 9}, self.env)["seconds"])


def main() -> int:
    """Measure in alternating rounds; print each ratio with its range."""
    options = _parser().parse_args()
    workspace = Workspace()
    with warehouse(workspace) as server:
        here = Build.of(ROOT, "here", workspace, options.specs, server.url)
        there = Build.of(
            options.checkout.resolve(), "there", workspace, options.specs, server.source_url
        )
        ours, theirs = here.sides(), there.sides()
        for name in options.only or WHAT:
            load = os.getloadavg()[0]
            rounds = alternate(
                {THERE: theirs[name], HERE: ours[name]}, options.rounds, lambda text: None
            )
            ratios = sorted(rounds.ratios(HERE, THERE))
            print(
                f"{WHAT[name]}: {median(ratios):.2f} × ({ratios[0]:.2f} – {ratios[-1]:.2f}), "
                f"{rounds.median(THERE) * 1000:.4g} → {rounds.median(HERE) * 1000:.4g} ms, "
                f"{options.rounds} rounds, {options.specs} specs, load {load:.1f}",
                flush=True,
            )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    parser.add_argument("checkout", type=Path, help="the folder of the other build")
    parser.add_argument("--only", nargs="+", choices=WHAT, help="these; else all")
    parser.add_argument("--specs", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser


if __name__ == "__main__":
    sys.exit(main())
