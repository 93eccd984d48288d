"""Parsing at the start of a task: only the task's own spec is read."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import median

from bench import projects
from bench.airflow_home import parsing_environment
from bench.child import ROOT, run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say
from bench.workspace import Workspace

FEW = 10

_FORK = (
    "A process that has Airflow, and in which Medallion's listener has done what it does in the "
    "scheduler, forks a child for each measurement, as LocalExecutor does for each task. In the "
    "child the parsing context names the DAG and the task, each of the pipeline's 8 in turn, and "
    "the clock (wall) runs while the DAG file is executed."
)
_SECOND = f"{_FORK} Taken is the child's second parse: reading the spec and building its DAG."

CLAIMS = (
    Claim(
        name="task_start.many",
        what="Parse at task start, 1,000 specs",
        how=_SECOND,
        bound=Bound.AT_MOST,
        target=5.0,
        unit="ms",
    ),
    Claim(
        name="task_start.few",
        what="Parse at task start, 10 specs",
        how=_SECOND,
        bound=Bound.AT_MOST,
        target=5.0,
        unit="ms",
    ),
    Claim(
        name="task_start.flat",
        what="Parse at task start: 1,000 specs ÷ 10 specs",
        how=f"{_SECOND} Flat: within a quarter, which is what two parses of one spec differ by.",
        bound=Bound.AT_MOST,
        target=1.25,
    ),
    Claim(
        name="task_start.first",
        what="Parse at task start, 1,000 specs, a forked task's first",
        how=f"{_FORK} Taken is the child's first parse: most of it is the kernel copying the pages "
        "of memory that a forked process touches first.",
        bound=Bound.REPORTED,
        unit="ms",
    ),
    Claim(
        name="task_start.fresh",
        what="Parse at task start, 1,000 specs, nothing of Medallion imported",
        how="The first parse where the listener has not run, as in a pod of Kubernetes: Airflow is "
        "imported, the DAG file imports Medallion's loader, whose bytecode is kept, as in an "
        "image. The 8 tasks in turn: the highest figures are those that publish, whose asset has "
        "Airflow look through all its providers.",
        bound=Bound.AT_MOST,
        target=90.0,
        unit="ms",
    ),
)

FIRST, SECOND = 0, 1


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Start tasks of a small and of a large project in turn, with and without the listener."""
    folder = workspace.fresh("task_start")
    say(f"writing projects of {FEW} and {workspace.specs} specs")
    files = {}
    for name, specs in (("few", FEW), ("many", workspace.specs)):
        file = projects.write_medallion(folder / name, specs)
        last = specs - 1
        files[name] = projects.starting_tasks(folder / name, file, last)
    env = {**parsing_environment(workspace, folder / "few"), **_bytecode_kept(folder)}
    rounds = workspace.rounds(31, 7)

    def start(*, preloaded: bool) -> dict[str, list[list[float]]]:
        given = {"files": files, "rounds": rounds, "preloaded": preloaded}
        found: dict[str, list[list[float]]] = run_side("start_task", given, env)["seconds"]
        for name, pairs in found.items():
            # The very first parse of a project reads its SQL and keeps what it found.
            del pairs[0]
            say(f"{name} specs, preloaded {preloaded}: {_median(pairs, SECOND):.2f} ms")
        return found

    warm, fresh = start(preloaded=True), start(preloaded=False)
    many, few = _milliseconds(warm["many"], SECOND), _milliseconds(warm["few"], SECOND)
    size = f"{FEW} and {workspace.specs:,} specs"
    return [
        Result(claim="task_start.many", values=many, size=size),
        Result(claim="task_start.few", values=few, size=size),
        Result(
            claim="task_start.flat",
            values=[m / f for m, f in zip(many, few, strict=True)],
            ours=f"{median(many):.2f} ms",
            theirs=f"{median(few):.2f} ms",
            size=size,
        ),
        Result(claim="task_start.first", values=_milliseconds(warm["many"], FIRST), size=size),
        Result(claim="task_start.fresh", values=_milliseconds(fresh["many"], FIRST), size=size),
    ]


def _bytecode_kept(folder: Path) -> dict[str, str]:
    """Have this build's code in a folder in which Python keeps what it compiles, as in an image."""
    shutil.copytree(ROOT / "plugins", folder / "plugins", ignore=shutil.ignore_patterns("*.pyc"))
    return {"PYTHONPATH": f"{folder / 'plugins'}:{ROOT}", "PYTHONDONTWRITEBYTECODE": ""}


def _milliseconds(pairs: list[list[float]], which: int) -> list[float]:
    return [pair[which] * 1000 for pair in pairs]


def _median(pairs: list[list[float]], which: int) -> float:
    return median(_milliseconds(pairs, which))
