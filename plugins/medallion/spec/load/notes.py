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
                problem=f"there is no file {path} now",
                remedy="correct the path, or see that the file is there before the first run",
            )
            for name, dataset in spec.spec.datasets.items()
            for key, path in dataset.source.paths()
            if not any(word in path for word in _SEVERAL) and not _is_there(root / path)
        ]
        if found:
            data = (root / spec.spec_path).read_bytes()
            for issue in issues_of(found, spec.spec_path, data):
                yield replace(issue, level="warning")


def _is_there(file: Path) -> bool:
    """Whether it can be found; in a folder that may not be entered, it cannot."""
    return os.path.exists(file)  # noqa: PTH110  # Path.exists raises what it cannot look at
