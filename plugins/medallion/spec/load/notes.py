"""Warnings about valid specs, worth knowing before the first run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from medallion.errors import Issue
from medallion.spec.files.loaded import LoadedSpec
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.issues import issues_of

_SEVERAL = ("*", "?", "[", ":data_interval", ":run_id")


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


def _problems(file: Path, path: str) -> Iterator[tuple[str, str]]:
    # What Path's methods cannot look at, they raise: here it is not there.
    if os.path.isdir(file):  # noqa: PTH112
        yield f"{path} is a folder now", f"name its files: {path.rstrip('/')}/*.csv"
    elif not os.path.exists(file):  # noqa: PTH110
        remedy = "correct the path, or see that the file is there before the first run"
        yield f"there is no file {path} now", remedy
