"""`check --base REF`: what a branch would break, before it is merged."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from medallion.cli.arguments import project_folder
from medallion.errors import MedallionError
from medallion.prose import write_json
from medallion.roots import PROJECT_ROOT
from medallion.workbench.comparison.changes import Comparison
from medallion.workbench.comparison.compare import check
from medallion.workbench.comparison.document import document
from medallion.workbench.comparison.markdown import as_markdown
from medallion.workbench.comparison.text import as_text

HELP = "compare specs and SQL with another commit: what would break, for whom"
FORMATS = ("text", "markdown", "json")
NOTHING_BREAKS, BREAKS, NOT_COMPARED = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--base REF [--format …] [--output FILE] [--allow-breaking] [--root DIR]`."""
    parser.add_argument(
        "--base",
        required=True,
        metavar="REF",
        help="a branch, a tag or a commit: origin/main. The working tree is compared with the "
        "commit where it has left it",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="text by default")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write it there, and a short text to the log"
    )
    parser.add_argument(
        "--allow-breaking", action="store_true", help="exit with 0 if something breaks, too"
    )
    parser.add_argument("--root", type=Path, default=PROJECT_ROOT, help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Print the changes. 0: nothing breaks; 1: something does; 2: it could not be compared."""
    try:
        found = check(project_folder(arguments.root), arguments.base)
    except MedallionError as error:
        print(f"✗ {error}", file=sys.stderr)
        return NOT_COMPARED
    shown = _render(found, arguments.format)
    if arguments.output is None:
        print(shown, end="")
    else:
        arguments.output.write_text(shown, encoding="utf-8")
        print(as_text(found), end="")
    return BREAKS if found.is_breaking and not arguments.allow_breaking else NOTHING_BREAKS


def _render(found: Comparison, form: str) -> str:
    if form == "json":
        return write_json(document(found))
    if form == "markdown":
        return as_markdown(found)
    return as_text(found, colour=sys.stdout.isatty())
