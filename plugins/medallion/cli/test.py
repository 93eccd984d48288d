"""`test [PATH …]`: the unit tests of specs, without Airflow and in parallel."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.markup import escape

from medallion.cli.arguments import hold_to_writable, project_folder
from medallion.cli.console import console
from medallion.closest import closest
from medallion.compiler.single import plan_of_pipeline
from medallion.errors import Issue, SetupError, SpecError
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import DagId
from medallion.roots import project_root
from medallion.spec.files.excerpts import lines_below
from medallion.spec.messages.report import render
from medallion.workbench.spec_tests.cases import CaseResult, run_case
from medallion.workbench.spec_tests.files import (
    TestsFile,
    files_of_tests,
    hold_to_plan,
    read_tests,
)
from medallion.workbench.spec_tests.junit import junit

HELP = "run the unit tests of specs: given rows, expected tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files and tests, how many at once, and where the results go."""
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH",
        help="files or folders of tests, or pipelines, <domain>.<pipeline>; all of them",
    )  # fmt: skip
    parser.add_argument("-k", dest="part", default="", metavar="TEXT", help="names that hold this")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="tests at once"
    )
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML for a CI")
    parser.add_argument("--root", type=Path, default=project_root(), help="the project's folder")


def run(arguments: argparse.Namespace) -> int:
    """Run them and print a line for each. 0: all passed; 1: some did not, or a file is wrong.

    Raises:
        SetupError: there is no test.
    """
    hold_to_writable("--junit", arguments.junit)
    root = project_folder(arguments.root)
    files, issues = _read(root, arguments.paths)
    show = console()
    if issues:
        show.print(
            render(issues, lines_below(root), colour=show.is_terminal), markup=False, soft_wrap=True
        )
    asked = [
        (file.path, name) for file in files for name in file.spec.tests if arguments.part in name
    ]
    if not asked and not issues:
        raise SetupError(
            "there is no such test",
            remedy="tests are in specs/<domain>/tests/<name>.yaml: docs/spec-tests.md",
        )
    began = time.monotonic()
    results: list[CaseResult] = []
    for result in _results(asked, root, arguments.jobs):
        results.append(result)
        mark = "[green]✓[/green]" if result.passed else "[red]✗[/red]"
        show.print(f"  {mark} {result.file}::{result.name}  [dim]{result.seconds:.2f} s[/dim]")
        for line in (*result.failures, *filter(None, [result.error])):
            show.print(f"      {escape(line)}", soft_wrap=True)
    if arguments.junit:
        arguments.junit.write_text(junit(results), encoding="utf-8")
    passed = sum(result.passed for result in results)
    show.print(f"{passed} of {len(results)} passed, {time.monotonic() - began:.1f} s.")
    return 0 if passed == len(results) and not issues else 1


def _read(root: Path, paths: Sequence[Path]) -> tuple[list[TestsFile], list[Issue]]:
    """The files, and what is wrong with the others."""
    files: list[TestsFile] = []
    issues: list[Issue] = []
    for path in _choose(root, paths):
        try:
            file = read_tests(path, root)
            hold_to_plan(file, plan_of_pipeline(str(file.dag_id), root))
        except SpecError as error:
            issues += error.issues
        except SetupError as error:
            issues.append(
                Issue(
                    path=str(path.relative_to(root)),
                    rule="spec-test",
                    problem=error.problem,
                    remedy="`pipeline` names a spec of this domain",
                )
            )
        else:
            files.append(file)
    return files, issues


def _choose(root: Path, paths: Sequence[Path]) -> Iterator[Path]:
    known = files_of_tests(root)
    wanted: list[Path] = []
    for asked in paths:
        pipeline = None if asked.exists() else DagId.parse(str(asked))
        path = asked.resolve()
        if pipeline is not None:
            wanted += _files_of(pipeline, known, root)
        elif path.exists():
            wanted.append(path)
        else:
            raise SetupError(
                f"there is no {path}", remedy="name a file or a folder of tests, or a pipeline"
            )
    for path in known:
        if not paths or any(path == one or path.is_relative_to(one) for one in wanted):
            yield path


def _files_of(pipeline: DagId, known: Sequence[Path], root: Path) -> list[Path]:
    """The files whose tests are of a pipeline; those of its domain that cannot be read, too."""
    found: list[Path] = []
    others: list[str] = []
    for path in known:
        of: DagId | None
        try:
            of = read_tests(path, root).dag_id
        except SpecError:
            of = pipeline if path.parent.parent.name == pipeline.domain else None
        if of == pipeline:
            found.append(path)
        elif of is not None:
            others.append(str(of))
    if not found:
        near = closest(str(pipeline), others)
        raise SetupError(
            f"there is no test of {pipeline}",
            remedy=f"did you mean {near}?"
            if near
            else f"tests are in specs/{pipeline.domain}/tests/<name>.yaml: docs/spec-tests.md",
        )
    return found


def _results(asked: Sequence[tuple[Path, str]], root: Path, jobs: int) -> Iterator[CaseResult]:
    """In the order asked, as they are known."""
    state = LocalPaths.of(project_root=root).postgres
    EmbeddedPostgres(state).start()
    if jobs <= 1 or len(asked) <= 1:
        yield from (_one(path, name, root, state) for path, name in asked)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(asked)), mp_context=spawn) as pool:
        begun = [pool.submit(_one, path, name, root, state) for path, name in asked]
        yield from (one.result() for one in begun)


def _one(path: Path, name: str, root: Path, state: Path) -> CaseResult:
    file = read_tests(path, root)
    plan = plan_of_pipeline(str(file.dag_id), root)
    return run_case(file, name, plan, root, EmbeddedPostgres(state))
