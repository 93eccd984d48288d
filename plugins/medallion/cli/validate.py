"""`validate`: checks every spec and prints all problems at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from medallion.authoring.project_schemas import is_used, write_schemas
from medallion.cli.arguments import project_folder
from medallion.compiler.project import read_project
from medallion.errors import Issue, SetupError
from medallion.prose import tally
from medallion.roots import project_root
from medallion.spec.files.excerpts import lines_below
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.load.notes import find_notes
from medallion.spec.load.policy_file import today
from medallion.spec.messages.report import render, visible
from medallion.workbench.comparison.sides import read_side

HELP = "check every spec and report all problems at once"


_EXPLAIN = "`python -m medallion.cli explain CODE` shows what a code in brackets means."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--with-warehouse] [--ci] [--root DIR] [PATH …]`."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="report only the problems of these specs, SQL files or folders (all are read)",
    )
    parser.add_argument(
        "--with-warehouse",
        action="store_true",
        help="ask the warehouse too: each gold SELECT and check query is prepared, none is run",
    )
    parser.add_argument("--ci", action="store_true", help="one line a problem, without colours")
    parser.add_argument(
        "--root",
        type=Path,
        default=project_root(),
        help="the folder that holds specs/ and include/ (this project by default)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the problems, the warnings and a summary; 1 when there is any problem."""
    root = project_folder(arguments.root)
    report = read_project(root)
    scope = _scope(arguments.paths, root)
    issues = [issue for issue in report.issues if _within(issue.path, scope)]
    noted = [one for one in find_notes(report, root, today()) if _within(one.path, scope)]
    issues += (one for one in noted if one.level != "warning")
    notes = [one for one in noted if one.level == "warning"]
    if arguments.with_warehouse:
        for found in _ask(report.specs, root):
            if _within(found.path, scope):
                (notes if found.level == "warning" else issues).append(found)
    if not arguments.ci:
        _keep_schemas(root)
    valid = sum(_within(spec.spec_path, scope) for spec in report.specs)
    if issues or notes:
        print(_text(sorted([*issues, *notes]), root, ci=arguments.ci), end="\n\n")
        if not arguments.ci:
            print(_EXPLAIN, end="\n\n")
    if notes:
        print(f"{tally(len(notes), 'warning')}.", end=" ")
    if issues:
        files = len({issue.path for issue in issues})
        print(f"{tally(len(issues), 'problem')} in {tally(files, 'file')}.", end=" ")
    print(f"{tally(valid, 'spec')} valid.")
    return 1 if issues else 0


def _keep_schemas(root: Path) -> None:
    """Where somebody's editor uses them, the schemas know the names that there are now."""
    if is_used(root):
        with suppress(OSError):  # a checkout that may not be written
            write_schemas(root, read_side(root))


def _ask(specs: Sequence[LoadedSpec], root: Path) -> Iterator[Issue]:
    """What the warehouse says; it takes long to import, and few ask."""
    from medallion.cli.surroundings import surroundings
    from medallion.operations.ask_warehouse import ask_warehouse

    return ask_warehouse(specs, replace(surroundings(), project_root=root))


def _text(issues: Sequence[Issue], root: Path, *, ci: bool) -> str:
    if ci:
        return "\n".join(visible(issue.one_line()) for issue in issues)
    return render(issues, lines_below(root), colour=sys.stdout.isatty())


def _scope(paths: Sequence[Path], root: Path) -> tuple[str, ...]:
    """The named paths below the root, as issues tell theirs.

    Raises:
        SetupError: one does not exist, or is outside: nothing would be checked, and look fine.
    """
    scope: list[str] = []
    for path in paths:
        resolved = path.resolve()
        if not resolved.exists() or not resolved.is_relative_to(root):
            raise SetupError(
                f"{path} is not a file or folder below {root}", remedy="correct the path, or --root"
            )
        scope.append(resolved.relative_to(root).as_posix())
    return tuple(scope)


def _within(path: str, scope: tuple[str, ...]) -> bool:
    return not scope or any(named in (path, ".") or path.startswith(f"{named}/") for named in scope)
