"""`register`: the register of processing of personal data (GDPR, article 30), from the specs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from medallion.cli.arguments import hold_to_writable, project_folder
from medallion.closest import closest
from medallion.errors import SetupError
from medallion.prose import list_some, tally
from medallion.roots import project_root
from medallion.spec.files.regular_file import SPECS_FOLDER
from medallion.spec.messages.report import visible
from medallion.workbench.comparison.sides import read_side
from medallion.workbench.processing.activity import Activity, list_activities
from medallion.workbench.processing.text import write_csv, write_markdown, write_register_json

HELP = "write the register of processing of personal data (GDPR, article 30)"

FORMATS: Mapping[str, Callable[[Sequence[Activity]], str]] = {
    "markdown": write_markdown,
    "csv": write_csv,
    "json": write_register_json,
}
WHOLE, INCOMPLETE = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--format markdown|csv|json] [--output FILE] [--check] [--domain NAME] [--root DIR]`."""
    parser.add_argument("--format", choices=tuple(FORMATS), default="markdown")
    parser.add_argument("--output", type=Path, metavar="FILE", help="by default it is printed")
    parser.add_argument("--domain", metavar="NAME", help="of one domain; of all by default")
    parser.add_argument(
        "--check", action="store_true",
        help="write nothing: say what is missing, and exit with 1 if anything is",
    )  # fmt: skip
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Write it; 0. With `--check` 1 where something is missing, or a spec is refused.

    Raises:
        SetupError: there is no such domain, or the file could not be written.
    """
    hold_to_writable("--output", arguments.output)
    side = read_side(project_folder(arguments.root))
    _hold_to_known(arguments.domain, side.root)
    found = [one for one in list_activities(side) if arguments.domain in (None, one.domain)]
    if side.refused:
        print(
            f"! {tally(len(side.refused), 'file')} refused, so what they hold is not in the "
            "register: `validate` says why",
            file=sys.stderr,
        )
    if arguments.check:
        return _say_missing(found, refused=bool(side.refused))
    text = FORMATS[arguments.format](found)
    if arguments.output is None:
        print(text, end="")
    else:
        arguments.output.write_text(text, encoding="utf-8")
        lacking = sum(bool(one.missing) for one in found)
        more = (
            f"; something is missing of {lacking:,}, `register --check` says what"
            if lacking
            else ""
        )
        print(f"{tally(len(found), 'pipeline')} in {arguments.output}{more}")
    return WHOLE


def _hold_to_known(domain: str | None, root: Path) -> None:
    """Of a domain that is not there an empty register would say that it holds nothing personal."""
    known = sorted(one.name for one in (root / SPECS_FOLDER).iterdir() if one.is_dir())
    if domain is not None and domain not in known:
        close = closest(domain, known)
        remedy = f"did you mean {close}?" if close else f"there is {list_some(known, 10)}"
        raise SetupError(f"there is no domain {visible(domain)}", remedy=remedy)


def _say_missing(found: Sequence[Activity], *, refused: bool) -> int:
    lacking = [one for one in found if one.missing]
    for one in lacking:
        print(f"{one.name}: nobody says {visible('; '.join(one.missing))}")
    if lacking:
        print("→ `privacy` of the domain's domain.yaml says it, and `bronze: {retention: …}`")
    else:
        print(f"{tally(len(found), 'pipeline')}, nothing is missing")
    return INCOMPLETE if lacking or refused else WHOLE
