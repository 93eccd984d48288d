"""`preview NAME`: what a pipeline or a table would publish, without publishing it."""

from __future__ import annotations

import argparse
import logging
import os
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from medallion.cli import preview_report
from medallion.cli.arguments import hold_to_writable, moment_of_word, project_folder
from medallion.cli.console import console as make_console
from medallion.cli.named_pipeline import unknown_pipeline
from medallion.cli.sample_sources import sample_sources
from medallion.cli.surroundings import surroundings
from medallion.compiler.project import read_project
from medallion.compiler.single import plan_of_pipeline
from medallion.errors import SetupError
from medallion.local import stack
from medallion.local.environment import airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import prepare
from medallion.names import PublishedTable
from medallion.plan.make import make_plan
from medallion.plan.model import Plan, PublishStep
from medallion.private_files import open_private
from medallion.prose import tally
from medallion.roots import project_root
from medallion.spec.files.spec_paths import spec_path_of
from medallion.spec.findings.finding import did_you_mean
from medallion.warehouse.registry.named_table import parse_published_table
from medallion.workbench.page import page
from medallion.workbench.preview import preview, run_for
from medallion.workbench.scratch import open_scratch

HELP = "land, clean, build and judge a pipeline or a table, and show it instead of publishing it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to preview, over which interval, and how much of it to show."""
    parser.add_argument(
        "name",
        help="a pipeline, <domain>.<pipeline>, or a table: silver_<domain>.<dataset>, "
        "gold_<domain>.<table>",
    )
    parser.add_argument(
        "--run",
        dest="moment",
        metavar="DATE",
        help="the data interval that holds this moment; the last whole one by default",
    )
    parser.add_argument(
        "--rows", type=int, default=10, metavar="N", help="rows of each sample; 10 by default"
    )
    parser.add_argument(
        "--first", type=int, metavar="N",
        help="read about so many records of each database and API, not all of them",
    )  # fmt: skip
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a page as well, which holds all of it"
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Show it. 0: all of it would be published; 1: something would not.

    Raises:
        SetupError: there is no such pipeline or table, or one that it reads was never published.
        SpecError: the spec is broken.
    """
    root = project_folder(arguments.root)
    hold_to_writable("--html", arguments.html)
    console = make_console()
    plan, only = find_plan(arguments.name, root)
    moment = moment_of_word(arguments.moment) if arguments.moment is not None else None
    when = run_for(plan, moment, datetime.now(UTC))
    paths = LocalPaths.of(project_root=root)
    settings = prepare(paths)
    os.environ.update(airflow_environment(settings))
    where = replace(surroundings(), first=arguments.first)
    where.log.setLevel(logging.WARNING)
    preview_report.begin(console, arguments.name, when)
    with ExitStack() as opened:
        if not stack.is_up(paths):
            opened.enter_context(sample_sources(settings, {plan.dag_id.domain}, console.print))
        scratch = opened.enter_context(open_scratch(EmbeddedPostgres(paths.postgres)))
        found = preview(
            plan,
            only,
            when,
            scratch,
            where,
            rows=arguments.rows,
            report=lambda tried: preview_report.progress(console, tried),
        )
    preview_report.show(console, found)
    if arguments.html:
        _write(arguments.html, page(arguments.name, plan, found), console)
    return 0 if found.would_be_published else 1


def find_plan(name: str, root: Path) -> tuple[Plan, PublishedTable | None]:
    """The plan that is meant by a pipeline or a table, and which of its tables; None: all of them.

    Raises:
        SetupError: there is no such pipeline or table.
        SpecError: the spec is broken.
    """
    if not name.startswith(("silver_", "gold_")):
        if spec_path_of(name, root) is None:
            raise unknown_pipeline(name, root)
        return plan_of_pipeline(name, root), None
    table = parse_published_table(name)
    report = read_project(root)
    known: list[PublishedTable] = []
    for loaded in report.specs:
        plan = make_plan(loaded)
        known += (t.step.table for t in plan.tasks if isinstance(t.step, PublishStep))
        if table in known:
            return plan, table
    broken = (
        f"; {tally(len(report.issues), 'problem')} in specs: make validate" if report.issues else ""
    )
    raise SetupError(
        f"no valid spec publishes {name}{broken}",
        remedy=did_you_mean(name, (str(one.public) for one in known))
        or "`make plan` shows what there is",
    )


def _write(path: Path, text: str, console: Console) -> None:
    with open_private(path) as file:
        file.write(text.encode())
    console.print(f"\nThe page: {path}")
