"""`bi sync`: brings Superset in step with what the specs declare for the BI team."""

from __future__ import annotations

import argparse
from pathlib import Path

from medallion.bi.sync.project import Job, Plans, list_running_plans, sync_project
from medallion.cli.arguments import project_folder
from medallion.cli.surroundings import surroundings
from medallion.compiler.project import read_project
from medallion.plan.make import make_plan
from medallion.plan.protection import add_protected
from medallion.roots import project_root

HELP = "bring Superset's datasets, charts and dashboards in step with the specs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`sync [--dry-run] [--adopt] [--running] [--root DIR]`."""
    doing = parser.add_subparsers(dest="doing", required=True, metavar="sync")
    syncing = doing.add_parser("sync", help=HELP, description=HELP)
    syncing.add_argument(
        "--dry-run",
        action="store_true",
        help="only say what would be done; the exit code is 1 if that is anything",
    )
    syncing.add_argument(
        "--adopt",
        action="store_true",
        help="take over dashboards, datasets and databases of others that are in the way; what "
        "people made of them stays",
    )
    syncing.add_argument(
        "--running",
        action="store_true",
        help="as the specs run in Airflow, not as their files are now",
    )
    syncing.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each thing done, or that would be; 1 if something could not be done, or if a
    dry run finds that something is to be done."""
    root = project_folder(arguments.root)
    where = surroundings()
    outcome = sync_project(
        Job(
            root=root,
            warehouse_url=where.warehouse_url,
            connection=where.connection,
            plans=list_running_plans(root) if arguments.running else _plans_of_files(root),
            dry_run=arguments.dry_run,
            adopt=arguments.adopt,
        )
    )
    for line in outcome.lines:
        print(line)
    for problem in outcome.problems:
        print(f"✗ {problem}")
    if outcome.is_in_step and not outcome.problems:
        print("Superset is in step with the specs.")
    return int(bool(outcome.problems) or (arguments.dry_run and not outcome.is_in_step))


def _plans_of_files(root: Path) -> Plans:
    """Of the specs as they are now. What of a refused one is in Superset stays there."""
    project = read_project(root)
    return Plans(
        known=add_protected(map(make_plan, project.specs), project.specs),
        unknown=tuple(sorted({f"{one.path}: it is refused" for one in project.issues})),
    )
