"""`check --base REF`: what a branch would break, before it is merged."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from medallion.cli.arguments import hold_to_writable, project_folder
from medallion.errors import MedallionError
from medallion.prose import write_json
from medallion.roots import project_root
from medallion.spec.messages.report import visible
from medallion.workbench.branch_changes import Compared, check
from medallion.workbench.comparison.changes import Comparison
from medallion.workbench.comparison.document import document
from medallion.workbench.comparison.markdown import as_markdown
from medallion.workbench.comparison.text import as_text
from medallion.workbench.diff.branch_report import branch_document, branch_markdown, branch_text
from medallion.workbench.diff.of_branch import BranchData, Limits, diff_branch, explain_missing
from medallion.workbench.diff.touched import Touched, find_touched

HELP = "compare specs and SQL with another commit: what would break, for whom"
FORMATS = ("text", "markdown", "json")
NOTHING_BREAKS, BREAKS, NOT_COMPARED = 0, 1, 2
_LIMITS = Limits()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--base REF [--data …] [--format …] [--output FILE] [--allow-breaking] [--root DIR]`."""
    parser.add_argument(
        "--base",
        required=True,
        metavar="REF",
        help="a branch, a tag or a commit: origin/main. The working tree is compared with the "
        "commit where it has left it",
    )
    parser.add_argument(
        "--data",
        action="store_true",
        help="compare the rows too, of every table that a change touches: it needs the warehouse",
    )
    parser.add_argument(
        "--data-rows", type=int, default=_LIMITS.rows, metavar="N",
        help=f"a table of more published rows is not compared; {_LIMITS.rows:,} by default",
    )  # fmt: skip
    parser.add_argument(
        "--data-seconds", type=float, default=_LIMITS.seconds, metavar="S",
        help=f"no table is begun after so many seconds; {_LIMITS.seconds:g} by default",
    )  # fmt: skip
    parser.add_argument("--format", choices=FORMATS, default="text", help="text by default")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write it there, and a short text to the log"
    )
    parser.add_argument(
        "--allow-breaking", action="store_true", help="exit with 0 if something breaks, too"
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print the changes. 0: nothing breaks; 1: something does; 2: it, or with `--data` the rows,
    could not be compared."""
    root = project_folder(arguments.root)
    data, failed = None, False
    try:
        hold_to_writable("--output", arguments.output)
        compared = check(root, arguments.base)
    except MedallionError as error:
        print(f"✗ {error}", file=sys.stderr)
        return NOT_COMPARED
    if arguments.data:
        touched = find_touched(compared.before, compared.after)
        try:
            data = _diff(touched, compared, root, arguments)
        except MedallionError as error:
            data = BranchData(missing=tuple(explain_missing(one, error) for one in touched))
            print(f"✗ the rows were not compared: {error}", file=sys.stderr)
            failed = True
    found = compared.found
    shown = _render(found, data, arguments.format)
    if arguments.output is None:
        print(shown, end="")
    else:
        arguments.output.write_text(shown, encoding="utf-8")
        print(_text(found, data), end="")
    if failed:
        return NOT_COMPARED
    return BREAKS if found.is_breaking and not arguments.allow_breaking else NOTHING_BREAKS


def _diff(
    touched: Sequence[Touched], compared: Compared, root: Path, arguments: argparse.Namespace
) -> BranchData:
    """The rows of both sides; what starts servers takes long to import, and few ask."""
    from medallion.cli.surroundings import quiet_surroundings
    from medallion.local.environment import airflow_environment
    from medallion.local.paths import LocalPaths
    from medallion.local.postgres import EmbeddedPostgres
    from medallion.local.settings import prepare
    from medallion.workbench.scratch import open_scratch

    if not touched:
        return BranchData()
    paths = LocalPaths.of(project_root=root)
    os.environ.update(airflow_environment(prepare(paths)))
    return diff_branch(
        touched,
        compared.before,
        compared.after,
        lambda: open_scratch(EmbeddedPostgres(paths.postgres)),
        quiet_surroundings(),
        _say,
        Limits(rows=arguments.data_rows, seconds=arguments.data_seconds),
    )


def _say(line: str) -> None:
    """Progress goes to standard error: what is printed is the comparison alone."""
    print(f"  {visible(line.strip())}", file=sys.stderr, flush=True)


def _render(found: Comparison, data: BranchData | None, form: str) -> str:
    if form == "json":
        more = {} if data is None else {"data": branch_document(data)}
        return write_json({**document(found), **more})
    if form == "markdown":
        return as_markdown(found, "" if data is None else branch_markdown(data))
    return _text(found, data, colour=sys.stdout.isatty())


def _text(found: Comparison, data: BranchData | None, *, colour: bool = False) -> str:
    shown = as_text(found, colour=colour)
    return shown if data is None else shown + branch_text(data, colour=colour)
