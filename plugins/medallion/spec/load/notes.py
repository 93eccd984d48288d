"""Warnings about a project: what is not wrong, and worth knowing before the first run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from medallion.errors import Issue
from medallion.sources.base.providers import PACKAGES, is_installed
from medallion.spec.files.loaded import LoadedSpec, LoadReport
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of
from medallion.spec.load.access_notes import access_notes, share_with_notes
from medallion.spec.load.discover import discover
from medallion.spec.load.policy_notes import policy_notes
from medallion.spec.load.product_notes import product_notes

_SEVERAL = ("*", "?", "[", ":data_interval", ":run_id")


def find_notes(report: LoadReport, root: Path, day: date) -> Iterator[Issue]:
    """Every warning about a project's specs, access.yaml and policy.yaml, and what is wrong with
    data products, which no spec is refused for.

    Args:
        report: every spec of the project.
        root: its folder, resolved.
        day: today, by which exemptions are judged.
    """
    domains = [folder.name for folder, _ in discover(root).domains]
    yield from report.warnings
    yield from missing_files(report.specs, root)
    yield from missing_packages(report.specs, root)
    yield from access_notes(root, domains)
    yield from share_with_notes(report.specs, root, domains)
    yield from policy_notes(report, root, day)
    yield from product_notes(report, root)


def missing_files(specs: Iterable[LoadedSpec], root: Path) -> Iterator[Issue]:
    """A warning for each project file that a source names and that does not exist.

    It is not an error because the file may come before the first run. Patterns and names with the
    interval's words are not checked.
    """
    for spec in specs:
        found = [
            Finding(
                where=("datasets", name, "source", key),
                rule="missing-file",
                problem=problem,
                remedy=remedy,
            )
            for name, dataset in spec.spec.datasets.items()
            for key, path in dataset.source.paths()
            if not any(word in path for word in _SEVERAL)
            for problem, remedy in _problems(root / path, path)
        ]
        if found:
            data = (root / spec.spec_path).read_bytes()
            for issue in issues_of(found, spec.spec_path, data):
                yield replace(issue, level="warning")


def missing_packages(specs: Iterable[LoadedSpec], root: Path) -> Iterator[Issue]:
    """A warning for each source that asks another tool to load, where that tool's provider is not
    installed. It is not an error because a spec may be checked where it does not run."""
    for spec in specs:
        found = []
        for name, dataset in spec.spec.datasets.items():
            request = dataset.source.asks_for_sync()
            if request is not None and not is_installed(request.tool):
                package = PACKAGES[request.tool]
                found.append(
                    Finding(
                        where=("datasets", name, "source", "sync"),
                        rule="missing-package",
                        problem=f"{package} is not installed here, and a run needs it",
                        remedy=f"install it where the pipeline runs: pip install '{package}'",
                    )
                )
        if found:
            data = (root / spec.spec_path).read_bytes()
            for issue in issues_of(found, spec.spec_path, data):
                yield replace(issue, level="warning")


def _problems(file: Path, path: str) -> Iterator[tuple[str, str]]:
    # What Path's methods cannot look at, they raise: here it is not there.
    if os.path.isdir(file):  # noqa: PTH112
        yield f"{path} is a folder now", f"name its files: {path.rstrip('/')}/*.csv"
    elif not os.path.exists(file):  # noqa: PTH110
        remedy = "correct the path, or see that the file is there before the first run"
        yield f"there is no file {path} now", remedy
