"""`run --env NAME`: builds in an environment what differs from production."""

from __future__ import annotations

import argparse
import logging
import os
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from medallion.cli.arguments import moment_of_word, project_folder
from medallion.cli.console import console
from medallion.cli.sample_sources import sample_sources
from medallion.cli.surroundings import enter_stack, surroundings
from medallion.compiler.project import read_project
from medallion.errors import SetupError, SpecError
from medallion.local import stack
from medallion.local.paths import LocalPaths
from medallion.local.settings import prepare
from medallion.names import Layer
from medallion.operations.environments.choose import Choice
from medallion.operations.environments.setting import SETTING
from medallion.operations.environments.words import describe_choice
from medallion.plan.environment import Environment
from medallion.plan.make import make_plan
from medallion.plan.model import Plan
from medallion.roots import project_root
from medallion.spec.files.loaded import LoadReport
from medallion.spec.messages.report import visible
from medallion.workbench.environments.build import (
    BuiltTable,
    Hearer,
    Outcome,
    Request,
    run_environment,
)
from medallion.workbench.environments.text import (
    describe_built,
    describe_outcome,
)

HELP = (
    "build in an environment what differs from production, and show production's tables beside it"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which environment, which pipelines, over which data."""
    parser.add_argument(
        "pipelines", nargs="*", metavar="PIPELINE",
        help="<domain>.<pipeline>; all whose tables differ by default",
    )  # fmt: skip
    parser.add_argument(
        "--env", required=not os.environ.get(SETTING), default=os.environ.get(SETTING),
        metavar="NAME",
        help="its name: a small letter, then small letters and digits. Production runs in Airflow",
    )  # fmt: skip
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        "--run", dest="moment", metavar="DATE",
        help="the data interval that holds this moment; what production published last by default",
    )  # fmt: skip
    when.add_argument(
        "--fresh",
        action="store_true",
        help="the last whole data interval, as the source has it now",
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Build it. 0: all of it is there; 1: a table could not be built.

    Raises:
        SetupError: there is no such pipeline, or the environment cannot be made.
        SpecError: a pipeline that is asked for is refused.
    """
    environment = Environment.parse(arguments.env)
    root = project_folder(arguments.root)
    moment = moment_of_word(arguments.moment) if arguments.moment is not None else None
    report = read_project(root)
    plans = tuple(make_plan(loaded) for loaded in report.specs)
    _hold_to_known(arguments.pipelines, plans, report)
    paths = LocalPaths.of(project_root=root)
    settings = prepare(paths)
    enter_stack(settings)
    where = surroundings()
    where.log.setLevel(logging.WARNING)
    request = Request(
        environment=environment,
        plans=plans,
        pipelines=frozenset(arguments.pipelines),
        moment=moment,
        fresh=arguments.fresh,
        now=datetime.now(UTC),
    )
    with ExitStack() as opened:

        def show_choice(choice: Choice) -> None:
            for line in describe_choice(environment, choice):
                _say(line)
            if not stack.is_up(paths):
                domains = {t.domain for t in choice.built if t.layer is Layer.SILVER}
                opened.enter_context(sample_sources(settings, domains, console().print))

        def show_table(table: BuiltTable) -> None:
            for line in describe_built(environment, table):
                _say(line)

        outcome = run_environment(request, where, Hearer(chosen=show_choice, built=show_table))
    return _end(environment, outcome, report)


def _hold_to_known(pipelines: list[str], plans: tuple[Plan, ...], report: LoadReport) -> None:
    known = {str(plan.dag_id) for plan in plans}
    unknown = [name for name in pipelines if name not in known]
    if unknown and report.issues:
        raise SpecError(report.issues)
    if unknown:
        raise SetupError(
            f"there is no pipeline {unknown[0]}", remedy=f"there are: {', '.join(sorted(known))}"
        )


def _end(environment: Environment, outcome: Outcome, report: LoadReport) -> int:
    for line in describe_outcome(environment, outcome):
        _say(line)
    refused = sorted({issue.path for issue in report.issues})
    if refused:
        _say(f"refused, and left out: {', '.join(refused)} (validate says why)")
    return 0 if outcome.is_whole else 1


def _say(line: str) -> None:
    for part in line.split("\n"):
        print(visible(part), flush=True)
