"""`new --update`: what a pipeline's files hold now that its spec does not say, as a diff."""

from __future__ import annotations

import sys
from pathlib import Path

from medallion.cli.new_landing import sample_landing
from medallion.compiler.project import read_project
from medallion.errors import SetupError
from medallion.sources.file.source import FileSource
from medallion.spec.files.loaded import LoadedSpec
from medallion.workbench.inference.drift import find_drift
from medallion.workbench.inference.readings import Hints
from medallion.workbench.inference.spec_update import diff, is_block, update_spec


def propose_update(root: Path, domain: str, target: Path, hints: Hints, *, write: bool) -> int:
    """Print the diff, and apply it if `write`. 0: nothing has drifted; 1: something has.

    Raises:
        SetupError: there is no such spec, it is not valid, or it has no file source.
        SourceRefused, SourceUnavailable, DataRejected: a file cannot be read.
    """
    file = str(target.relative_to(root))
    loaded = _load(root, file)
    before = after = target.read_text(encoding="utf-8")
    read = 0
    for name, dataset in loaded.spec.datasets.items():
        if not isinstance(dataset.source, FileSource):
            continue
        read += 1
        with sample_landing(dataset.source, domain, root) as sample:
            drift = find_drift(dataset, sample, hints)
        if drift and not is_block(before, name):
            raise SetupError(
                f"{file}: the columns of {name} have drifted, but are written in braces",
                remedy="put each column on a line of its own",
            )
        after = update_spec(after, name, drift) if drift else after
    if not read:
        raise SetupError(
            f"{file} has no file source", remedy="only datasets of `type: file` are looked at"
        )
    if after == before:
        sys.stdout.write(f"{file} says what its files hold\n")
        return 0
    sys.stdout.write(diff(before, after, file))
    if write:
        target.write_text(after, encoding="utf-8")
    return 1


def _load(root: Path, file: str) -> LoadedSpec:
    report = read_project(root)
    found = next((one for one in report.specs if one.spec_path == file), None)
    if found is None:
        issues = [issue.one_line() for issue in report.issues if issue.path == file]
        why = f": {issues[0]}" if issues else ""
        raise SetupError(f"{file} is not a valid spec{why}", remedy="`make validate` shows it")
    return found
