"""`env list | diff | drop`: the environments that there are, what differs in one, and its end."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from medallion.cli.arguments import project_folder, warehouse_url
from medallion.cli.surroundings import enter_stack, surroundings
from medallion.errors import MedallionError
from medallion.local.own_airflow import forget_own_airflow, has_own_airflow, hold_to_stopped
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import prepare
from medallion.operations.environments.upkeep import (
    drop_environment,
    get_environment,
    list_environments,
)
from medallion.plan.environment import Environment
from medallion.roots import project_root
from medallion.spec.messages.report import visible
from medallion.workbench.comparison.compare import read_base
from medallion.workbench.comparison.sides import read_side
from medallion.workbench.diff.ask import EXAMPLES
from medallion.workbench.diff.document import document
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.markdown import as_markdown
from medallion.workbench.diff.text import as_text
from medallion.workbench.environments.difference import (
    Contents,
    Specs,
    choose_tables,
    contents_of,
    diff_environment,
)
from medallion.workbench.environments.text import (
    describe_contents,
    describe_environments,
    summary,
)
from medallion.workbench.scratch import open_scratch

HELP = "list environments, compare one with production, or drop it"
SAME, DIFFERENT, NOT_COMPARED = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which."""
    does = parser.add_subparsers(metavar="WHAT", required=True)
    listing = does.add_parser("list", help="the environments that there are")
    listing.set_defaults(does=_list)
    _add_root(listing)
    diff = does.add_parser("diff", help="what an environment has built, beside production's")
    diff.set_defaults(does=_diff)
    diff.add_argument("name", help="of the environment")
    diff.add_argument("tables", nargs="*", help="some of them; all that it has built by default")
    diff.add_argument(
        "--examples", type=int, default=EXAMPLES, metavar="N",
        help=f"of each column and kind of row; {EXAMPLES} by default",
    )  # fmt: skip
    form = diff.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="all of it, for programs")
    form.add_argument("--markdown", action="store_true", help="for a pull request")
    diff.add_argument(
        "--exit-code", action="store_true", help="exit with 1 if there are differences"
    )
    diff.add_argument(
        "--base", metavar="REF",
        help="the branch or commit that production runs: what it protects is not shown. Needed "
        "where production's Airflow does not run in this folder, as in a CI: else no value is "
        "shown",
    )  # fmt: skip
    _add_root(diff)
    drop = does.add_parser("drop", help="drop an environment with all that it has")
    drop.set_defaults(does=_drop)
    drop.add_argument("name", help="of the environment")
    drop.add_argument("--if-exists", action="store_true", help="one that is not there is no error")
    _add_root(drop)


def _add_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Do it. 0: done; of `diff` 1: with `--exit-code`, something differs; 2: it could not be
    compared.

    Raises:
        SetupError: there is no such environment, or something runs in it.
    """
    return int(arguments.does(arguments))


def _list(arguments: argparse.Namespace) -> int:
    for line in describe_environments(list_environments(warehouse_url())):
        print(visible(line))
    return 0


def _drop(arguments: argparse.Namespace) -> int:
    where, name = surroundings(), arguments.name
    where.log.setLevel(logging.WARNING)
    known = {one.name for one in list_environments(where.warehouse_url)}
    here = LocalPaths.of(project_root=arguments.root)
    has_airflow = Environment.is_name(name) and has_own_airflow(here, name)
    if has_airflow:
        hold_to_stopped(here, name)
    if name in known or not (has_airflow or arguments.if_exists):
        record = get_environment(where.warehouse_url, name)
        drop_environment(record, where)
        print(f"the environment {record.name} is dropped")
    elif not has_airflow:
        print(f"there is no environment {visible(name)}: nothing to drop")
    if has_airflow:
        forget_own_airflow(here, name)
        print(f"the metadata and the logs of its Airflow on this machine are deleted: {name}")
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    try:
        contents, found = _find(arguments)
    except MedallionError as error:
        print(f"✗ {error}", file=sys.stderr)
        return NOT_COMPARED
    print(_render(arguments, contents, found), end="")
    is_different = any(one.is_different for one in found)
    return DIFFERENT if arguments.exit_code and is_different else SAME


def _find(arguments: argparse.Namespace) -> tuple[Contents, Sequence[TableDiff]]:
    environment, root = Environment.parse(arguments.name), project_folder(arguments.root)
    paths = LocalPaths.of(project_root=root)
    enter_stack(prepare(paths))
    where = surroundings()
    where.log.setLevel(logging.WARNING)
    record = get_environment(where.warehouse_url, environment.name)
    contents = contents_of(record, where.warehouse_url)
    tables = choose_tables(contents, arguments.tables, environment)
    side = read_side(root)
    before = read_base(root, arguments.base, side) if arguments.base else None
    with open_scratch(EmbeddedPostgres(paths.postgres)) as scratch:
        compared = diff_environment(
            tables,
            environment,
            Specs(side, before),
            scratch,
            where,
            most=max(arguments.examples, 1),
            say=_say,
        )
        return contents, tuple(compared)


def _render(arguments: argparse.Namespace, contents: Contents, found: Sequence[TableDiff]) -> str:
    if arguments.json:
        whole = {
            "environment": arguments.name,
            "production": [str(table.public) for table in contents.shown],
            "tables": [document(one) for one in found],
        }
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    if arguments.markdown:
        parts = [f"### {summary(arguments.name, contents, found)}\n", *map(as_markdown, found)]
        return "\n".join(parts)
    colour = sys.stdout.isatty()
    tables = [as_text(one, colour=colour) for one in found]
    return "\n".join(
        ["\n".join(describe_contents(arguments.name, contents, found)) + "\n", *tables]
    )


def _say(line: str) -> None:
    """Progress goes to standard error: what is printed is the diff alone."""
    print(f"  {visible(line.strip())}", file=sys.stderr, flush=True)
