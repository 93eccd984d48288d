"""Parsing at the start of a task: only the task's own spec is read."""

from __future__ import annotations

from statistics import median

from bench import projects
from bench.airflow_home import parsing_environment
from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Say
from bench.workspace import Workspace

FEW = 10

_HOW = (
    "A process that has Airflow, and what Medallion's listener loads in the scheduler, forks a "
    "child for each parse, as LocalExecutor does for each task; in the child the parsing context "
    "names the task's DAG, and the clock (wall) runs while the DAG file is executed."
)

CLAIMS = (
    Claim(
        name="task_start.many",
        what="Parse at task start, 1,000 specs",
        how=_HOW,
        bound=Bound.AT_MOST,
        target=5.0,
        unit="ms",
    ),
    Claim(
        name="task_start.few",
        what="Parse at task start, 10 specs",
        how=_HOW,
        bound=Bound.AT_MOST,
        target=5.0,
        unit="ms",
    ),
    Claim(
        name="task_start.flat",
        what="Parse at task start: 1,000 specs ÷ 10 specs",
        how=f"{_HOW} Flat: within a quarter, which is what two parses of one spec differ by.",
        bound=Bound.AT_MOST,
        target=1.25,
    ),
    Claim(
        name="task_start.fresh",
        what="Parse at task start, 1,000 specs, nothing of Medallion imported yet",
        how="The same where the listener has not run, as under Celery or Kubernetes: Airflow is "
        "imported, the DAG file imports Medallion's loader.",
        bound=Bound.TOLD,
        unit="ms",
    ),
)


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Start tasks of a small and of a large project in turn, with and without the listener."""
    folder, many = workspace.fresh("task_start"), workspace.specs
    say(f"writing projects of {FEW} and {many} specs")
    files = {}
    for name, specs in (("few", FEW), ("many", many)):
        file = projects.write_medallion(folder / name, specs)
        last = specs - 1
        files[name] = {
            "file": str(file),
            "root": str(folder / name),
            "dag_id": f"{projects.domain_of(last)}.pipeline_{last}",
        }
    env = parsing_environment(workspace, folder / "few")
    rounds = workspace.rounds(31, 7)

    def start(*, preloaded: bool) -> dict[str, list[float]]:
        given = {"files": files, "rounds": rounds, "preloaded": preloaded}
        seconds = run_side("start_task", given, env)["seconds"]
        # The first parse of a project reads its SQL and keeps what it found.
        found = {name: [s * 1000 for s in values[1:]] for name, values in seconds.items()}
        for name, values in found.items():
            say(f"{name} specs, preloaded {preloaded}: {median(values):.2f} ms")
        return found

    warm, fresh = start(preloaded=True), start(preloaded=False)
    size = f"{FEW} and {many:,} specs"
    flat = [m / f for m, f in zip(warm["many"], warm["few"], strict=True)]
    ours, theirs = f"{median(warm['many']):.2f} ms", f"{median(warm['few']):.2f} ms"
    return [
        Result(claim="task_start.many", values=warm["many"], size=size),
        Result(claim="task_start.few", values=warm["few"], size=size),
        Result(claim="task_start.flat", values=flat, ours=ours, theirs=theirs, size=size),
        Result(claim="task_start.fresh", values=fresh["many"], size=size),
    ]
