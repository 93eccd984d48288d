"""`diff TABLE`: what a changed spec or SQL would publish, beside what is published now."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from medallion.cli.arguments import add_table, hold_to_writable, moment_of_word, project_folder
from medallion.cli.sample_sources import sample_sources
from medallion.cli.surroundings import quiet_surroundings
from medallion.errors import MedallionError, SetupError
from medallion.local import stack
from medallion.local.environment import airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.settings import prepare
from medallion.names import Layer, PublishedTable
from medallion.private_files import open_private
from medallion.prose import write_json
from medallion.roots import project_root
from medallion.spec.messages.report import visible
from medallion.warehouse.registry.named_table import parse_published_table
from medallion.workbench.comparison.sides import read_side
from medallion.workbench.diff.ask import EXAMPLES, ask, plan_of_table
from medallion.workbench.diff.compare import diff
from medallion.workbench.diff.document import document
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.markdown import as_markdown
from medallion.workbench.diff.page import as_page
from medallion.workbench.diff.text import as_text
from medallion.workbench.scratch import open_scratch

HELP = "compare what a changed spec or SQL would publish with what is published now, row by row"
SAME, DIFFERENT, NOT_COMPARED = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which table, made of which data, and how the result is shown."""
    add_table(parser)
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="ask a dataset's source; by default the landing that readers have is cleaned again",
    )
    parser.add_argument(
        "--run",
        dest="moment",
        metavar="DATE",
        help="ask the source for the data interval that holds this moment",
    )
    parser.add_argument(
        "--first", type=int, metavar="N",
        help="read about so many records of a database or an API, not all of them",
    )  # fmt: skip
    parser.add_argument(
        "--examples", type=int, default=EXAMPLES, metavar="N",
        help=f"of each column and kind of row; {EXAMPLES} by default",
    )  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="all of it, for programs")
    form.add_argument("--markdown", action="store_true", help="for a pull request")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a page as well, which holds all of it"
    )
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 1 if there are differences"
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print the diff. 0: it was made; 1: with `--exit-code`, there are differences; 2: it could not
    be made."""
    try:
        found = _find(arguments)
    except MedallionError as error:
        print(f"✗ {error}", file=sys.stderr)
        return NOT_COMPARED
    print(_render(found, arguments), end="")
    if arguments.html:
        with open_private(arguments.html) as file:
            file.write(as_page(found).encode())
        _say(f"The page: {arguments.html}")
    return DIFFERENT if arguments.exit_code and found.is_different else SAME


def _find(arguments: argparse.Namespace) -> TableDiff:
    hold_to_writable("--html", arguments.html)
    root, table = project_folder(arguments.root), parse_published_table(arguments.table)
    moment = moment_of_word(arguments.moment) if arguments.moment is not None else None
    _hold_to_layer(arguments, table)
    side = read_side(root)
    plan = plan_of_table(table, side)
    paths = LocalPaths.of(project_root=root)
    settings = prepare(paths)
    os.environ.update(airflow_environment(settings))
    where = replace(quiet_surroundings(), first=arguments.first)
    question = ask(
        table, plan, where, moment=moment, fresh=arguments.fresh, most=max(arguments.examples, 1)
    )
    with ExitStack() as opened:
        asks_source = table.layer is Layer.SILVER and question.landing is None
        if asks_source and not stack.is_up(paths):
            opened.enter_context(sample_sources(settings, {plan.dag_id.domain}, _say))
        scratch = opened.enter_context(open_scratch(EmbeddedPostgres(paths.postgres)))
        return diff(question, side, scratch, where, _say)


def _hold_to_layer(arguments: argparse.Namespace, table: PublishedTable) -> None:
    asked = [
        word
        for word, is_set in (
            ("--fresh", arguments.fresh),
            ("--run", arguments.moment is not None),
            ("--first", arguments.first is not None),
        )
        if is_set
    ]
    if asked and table.layer is Layer.GOLD:
        raise SetupError(
            f"{asked[0]} asks a source, and {table.public} has none: it reads published tables",
            remedy=f"leave {asked[0]} out",
        )


def _say(line: str) -> None:
    """Progress goes to standard error: what is printed is the diff alone."""
    print(f"  {visible(line.strip())}", file=sys.stderr, flush=True)


def _render(found: TableDiff, arguments: argparse.Namespace) -> str:
    if arguments.json:
        return write_json(document(found))
    if arguments.markdown:
        return as_markdown(found)
    return as_text(found, colour=sys.stdout.isatty())
