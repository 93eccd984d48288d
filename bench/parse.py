"""Parsing every DAG, as the DAG processor does it over and over."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from bench import projects
from bench.airflow_home import parsing_environment
from bench.child import run_side
from bench.claims import Bound, Claim, Result
from bench.rounds import Rounds, Say, Side, alternate
from bench.workspace import Workspace

_HOW = (
    "A fresh process imports what the DAG processor has imported before it forks a child for a "
    "file (Airflow's modules, and Medallion's by its listener), then executes the DAG file; the "
    "clock (wall) runs for that, imports of the file's own packages included. Each DAG has 8 tasks "
    "in 2 groups, with the same schedule, retries, owner, tags and outlets."
)
_WARM = "The specs are unchanged since the last parse, as they are nearly always."
_COLD = (
    "The first parse after every spec and every SQL file has changed: what Medallion keeps between "
    "parses is removed before."
)
_LOOP = "The loop is one Python file that makes the same DAGs without reading anything."
_FACTORY = (
    "dag-factory reads a YAML file a DAG through `load_yaml_dags`, its telemetry off; operators "
    "are the same class as the loop's."
)

CLAIMS = (
    Claim(
        name="parse.loop",
        what="Parse 1,000 specs: our time ÷ a hand-written loop's",
        how=f"{_HOW} {_LOOP} {_WARM}",
        bound=Bound.AT_MOST,
        target=1.3,
    ),
    Claim(
        name="parse.dag_factory",
        what="Parse 1,000 specs: dag-factory's time ÷ ours",
        how=f"{_HOW} {_FACTORY} {_WARM}",
        bound=Bound.AT_LEAST,
        target=3.0,
    ),
    Claim(
        name="parse.loop_cold",
        what="Parse 1,000 changed specs: our time ÷ a hand-written loop's",
        how=f"{_HOW} {_LOOP} {_COLD}",
        bound=Bound.AT_MOST,
        target=1.5,
    ),
    Claim(
        name="parse.dag_factory_cold",
        what="Parse 1,000 changed specs: dag-factory's time ÷ ours",
        how=f"{_HOW} {_FACTORY} {_COLD}",
        bound=Bound.REPORTED,
    ),
)

LOOP, COLD, WARM, FACTORY = "loop", "Medallion, changed", "Medallion, unchanged", "dag-factory"


def measure(workspace: Workspace, say: Say) -> list[Result]:
    """Parse the same DAGs from all sides, in turn."""
    say(f"writing {workspace.specs} pipelines three times")
    rounds = alternate(_sides(workspace), workspace.rounds(5, 2), say)
    return _results(rounds, workspace.specs)


def _sides(workspace: Workspace) -> dict[str, Side]:
    specs, folder = workspace.specs, workspace.fresh("parse")
    root = folder / "medallion"
    ours = projects.write_medallion(root, specs)
    loop = projects.write_loop(folder / "loop", specs)
    env = parsing_environment(workspace, root)

    def parse(file: Path) -> Side:
        given = {"file": str(file), "dags": specs, "tasks": projects.TASKS}
        return lambda: float(run_side("parse_dags", given, env)["seconds"])

    def cold() -> float:
        projects.forget_what_was_read(root)
        return parse(ours)()

    sides: dict[str, Callable[[], float]] = {LOOP: parse(loop), COLD: cold, WARM: parse(ours)}
    if find_spec("dagfactory"):
        sides[FACTORY] = parse(projects.write_dag_factory(folder / "dag_factory", specs))
    return sides


def _results(rounds: Rounds, specs: int) -> list[Result]:
    size = f"{specs:,} specs of {projects.TASKS} tasks"

    def each(side: str) -> str:
        return f"{rounds.median(side) / specs * 1000:.2f} ms a DAG"

    found = [
        Result(
            claim=claim, values=rounds.ratios(ours, LOOP), ours=each(ours), theirs=each(LOOP),
            size=size,
        )
        for claim, ours in (("parse.loop", WARM), ("parse.loop_cold", COLD))
    ]  # fmt: skip
    for claim, ours in (("parse.dag_factory", WARM), ("parse.dag_factory_cold", COLD)):
        if not find_spec("dagfactory"):
            found.append(Result(claim=claim, skipped="dag-factory is not installed"))
            continue
        found.append(
            Result(
                claim=claim,
                values=rounds.ratios(FACTORY, ours),
                ours=each(ours),
                theirs=each(FACTORY),
                size=size,
            )
        )
    return found
