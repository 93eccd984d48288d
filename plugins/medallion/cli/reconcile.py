"""`reconcile`: holds warehouse and lake against each other after a failover or a restore."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.cli.surroundings import surroundings
from medallion.compiler.project import read_project
from medallion.errors import MedallionError
from medallion.names import PublishedTable
from medallion.operations.lake_tables import catch_up, find_behind, list_lake_steps
from medallion.operations.reconcile import (
    Difference,
    Lost,
    Missing,
    Unknown,
    find_differences,
    runs_of,
)
from medallion.operations.republish import republish
from medallion.operations.surroundings import Surroundings
from medallion.plan.make import make_plan
from medallion.prose import tally
from medallion.roots import project_root

if TYPE_CHECKING:
    from medallion.spec.files.loaded import LoadReport

HELP = "find what warehouse and lake do not both know, after a failover or a restore"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--run] [--verify] [--root DIR]`."""
    parser.add_argument(
        "--run",
        dest="is_meant",
        action="store_true",
        help="publish again, from its landing, what the warehouse has forgotten; else it is shown",
    )
    parser.add_argument(
        "--verify", action="store_true", help="read every part of the lake, and compare its digest"
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print each difference and what to do; 1 if something is left to be done."""
    where = replace(surroundings(), project_root=arguments.root.resolve())
    project = read_project(arguments.root)
    tables = _tables_of(project)
    refused = sorted({str(issue.path) for issue in project.issues})
    for path in refused:
        print(f"✗ {path} is refused (`validate` says why): its tables are not compared")
    found = list(find_differences(tables, where, whole=arguments.verify))
    for one in found:
        print(f"{'·' if isinstance(one, Lost) and one.overtaken_by else '✗'} {one}")
    problems = _republish(found, where) if arguments.is_meant else _advise(found)
    rest = [one for one in found if not isinstance(one, Lost)]
    for line in _remedies(rest):
        print(line)
    # Last: what was published again above is what lakes are to have.
    behind = _hold_lakes(project, where, is_meant=arguments.is_meant)
    if not found and not refused and not behind:
        print(f"Warehouse and lake agree on {tally(len(tables), 'table')}.")
    return int(bool(problems or rest or refused or behind))


def _hold_lakes(project: LoadReport, where: Surroundings, *, is_meant: bool) -> int:
    """How many tables of lakes are still behind the warehouse, or cannot be asked."""
    left = 0
    for step in list_lake_steps(make_plan(loaded) for loaded in project.specs):
        try:
            behind = find_behind(step, where)
            if behind is None:
                continue
            if is_meant:
                catch_up(step, where)
                print(f"✓ {step.table.public}: {step.target.location} is now the same")
                continue
            print(f"✗ {behind}")
        except MedallionError as error:
            print(f"✗ {step.table.public}: {error}")
        left += 1
    if left and not is_meant:
        print("With --run these lakes get what the warehouse has; so does the next run of the DAG.")
    return left


def _tables_of(project: LoadReport) -> list[PublishedTable]:
    plans = [make_plan(loaded) for loaded in project.specs]
    return list(dict.fromkeys(task.step.table for plan in plans for task in plan.tasks))


def _advise(found: Sequence[Difference]) -> int:
    """How many runs are to be published again."""
    runs = runs_of(found)
    if runs:
        print(f"With --run {tally(len(runs), 'run')} will be published again, from the lake.")
    return len(runs)


def _republish(found: Sequence[Difference], where: Surroundings) -> int:
    """How many runs could not be published again."""
    problems = 0
    for one, lost in runs_of(found).items():
        names = ", ".join(str(each.receipt.table.public) for each in lost)
        try:
            republish(one, lost, where)
        except MedallionError as error:
            problems += 1
            print(f"✗ {one.dag_id} {one.run_id}: {names}: {error}")
        else:
            print(f"✓ {one.dag_id} {one.run_id}: {names}: published again")
    return problems


def _remedies(rest: Sequence[Difference]) -> list[str]:
    """What to do about landings, once for each run."""
    runs = [one.landing.run if isinstance(one, Missing) else one.manifest.run
            for one in rest if isinstance(one, Missing | Unknown)]  # fmt: skip
    if not runs:
        return []
    return [
        "Have these runs land again, unless they are still running: clear them in Airflow.",
        *dict.fromkeys(f"  {one.dag_id} {one.run_id}" for one in runs),
    ]
