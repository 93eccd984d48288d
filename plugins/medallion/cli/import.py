"""`import NAME FILE`: specs from the configuration of another tool."""
# ruff: noqa: N999  # a verb is a module of its name: nothing imports it by a statement

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from medallion.cli.arguments import project_folder, target_of_name
from medallion.cli.draft_issues import issues_of_draft
from medallion.compiler.project import read_project
from medallion.errors import Issue, SetupError
from medallion.roots import project_root
from medallion.spec.messages.report import visible
from medallion.workbench.imports.base.outcome import Draft
from medallion.workbench.imports.read import read_input
from medallion.workbench.imports.report import MOST_PLACES, report
from medallion.workbench.imports.spec_yaml import domain_text, draft_text
from medallion.workbench.imports.table import IMPORTERS

HELP = "write specs from what another tool has: " + ", ".join(
    importer.what for importer in IMPORTERS.values()
)
_COPIED = ("specs", "include/sql", "include/python")
"""Of a project: what its specs are judged by."""
_SHORTENED = "- see all that is counted above: `--report FILE` lists it\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is read, and where it goes."""
    parser.add_argument(
        "name", help="<domain>/<pipeline>, or <domain>: the names of pipelines are the input's"
    )
    parser.add_argument("file", type=Path, help="the file; it is read, and never run")
    parser.add_argument("--kind", default="", help=f"else by its keys: {', '.join(IMPORTERS)}")
    parser.add_argument(
        "--print", dest="only_print", action="store_true", help="print the specs, write nothing"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write what was not mapped there, all of it"
    )
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Write them and say what was not mapped. 0: they validate; 1: they do not,
    or there is one of which nothing is left.

    Raises:
        SetupError: the file cannot be read, or is of no kind; or a spec or its SQL is there.
    """
    root = project_folder(arguments.root)
    target = target_of_name(arguments.name)
    with _trial(root, target.domain) as issues_of:
        found = read_input(arguments.file, target, IMPORTERS, issues_of, kind=arguments.kind)
        made = [draft for draft in found.drafts if draft.has_tables]
        issues = [issue for draft in made for issue in issues_of(draft)]
    files = {
        path: content
        for draft in made
        for path, content in _files_of(draft, target.domain, root, found.origin)
    }
    text = report(found.drafts, found.not_mapped, target.domain, most_places=MOST_PLACES)
    whole = report(found.drafts, found.not_mapped, target.domain)
    if text != whole and not arguments.report:
        text += _SHORTENED
    if not arguments.only_print:
        _hold_free(files, root)
    if arguments.report:
        _write_report(arguments.report, whole)
    if arguments.only_print:
        for file, content in files.items():
            sys.stdout.write(f"# {file.relative_to(root)}\n{content}\n")
        sys.stderr.write(text)
    else:
        _write(files)
        sys.stdout.write(text)
    errors = [issue for issue in issues if issue.level == "error"]
    sys.stderr.write("".join(f"{visible(issue.one_line())}\n" for issue in errors))
    return 1 if errors or len(made) < len(found.drafts) else 0


@contextmanager
def _trial(root: Path, domain: str) -> Iterator[Callable[[Draft], Sequence[Issue]]]:
    """What says which issues a draft would have among the project's specs: in a copy of them, by
    the guarded process that reads every spec."""
    with tempfile.TemporaryDirectory(prefix="medallion-import-") as folder:
        copy = Path(folder)
        for name in _COPIED:
            if (root / name).is_dir():
                shutil.copytree(root / name, copy / name, symlinks=True)

        def issues_of(draft: Draft) -> Sequence[Issue]:
            files = {
                path: text
                for path, text in _files_of(draft, domain, copy, "a trial")
                if path.name != "domain.yaml" or not path.exists()
            }
            for path, text in files.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            own = {str(path.relative_to(copy)) for path in files}
            spec = f"specs/{domain}/{draft.name}.yaml"
            issues = read_project(copy).issues
            beside = [issue for issue in issues if issue.path in own - {spec}]
            return [*issues_of_draft(issues, spec), *beside]

        yield issues_of


def _files_of(draft: Draft, domain: str, root: Path, origin: str) -> Iterator[tuple[Path, str]]:
    """Each file of a draft with its content."""
    described = root / "specs" / domain / "domain.yaml"
    if not described.exists():
        usual = {"description": f"{domain.replace('_', ' ').capitalize()}."}
        yield described, domain_text({**usual, **draft.domain})
    yield root / "specs" / domain / f"{draft.name}.yaml", draft_text(draft, origin)
    for name, text in draft.sql.items():
        yield root / "include" / "sql" / domain / name, f"{text.rstrip()}\n"


def _hold_free(files: dict[Path, str], root: Path) -> None:
    """None of them is there already."""
    there = [file for file in files if file.exists()]
    if there:
        raise SetupError(
            f"{there[0].relative_to(root)} is there already",
            remedy="name another pipeline, or remove it; `--print` shows what would be written",
        )


def _write(files: dict[Path, str]) -> None:
    for file, text in files.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise SetupError(
                f"{file} cannot be written: {error.strerror}", remedy="look at its folder"
            ) from error


def _write_report(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(
            f"the report cannot be written to {file}: {error.strerror}",
            remedy="name a file in a folder that is there: --report FILE",
        ) from error
