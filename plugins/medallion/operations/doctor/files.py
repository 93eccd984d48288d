"""Whether this host has the files that tasks read: those of specs as they were accepted, and those
of sources that are on a disk."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from shlex import quote

from medallion.operations.same_spec import SAME_FILES, compare_host, describe_unknown
from medallion.plan.make import make_plan
from medallion.plan.model import LandStep
from medallion.sources.file.source import FileSource
from medallion.spec.files.loaded import LoadedSpec
from medallion.warehouse.doctor.finding import Finding

SUBJECT = "files"
_WORD = ":data_interval_"
"""How the words of an interval begin: such a file comes with its interval."""


def examine_files(root: Path, specs: Iterable[LoadedSpec]) -> Iterator[Finding]:
    """The findings of this host.

    Args:
        root: the project's folder.
        specs: those that are valid.
    """
    yield _examine_specs(root)
    for spec in specs:
        for task in make_plan(spec).tasks:
            if isinstance(task.step, LandStep) and isinstance(task.step.source, FileSource):
                yield from _examine_source(root, str(task.step.table.public), task.step.source)


def _examine_specs(root: Path) -> Finding:
    found = compare_host(root)
    said = found.describe()
    if not found.known:
        return Finding(
            subject=SUBJECT,
            layer="accepted",
            verdict="skipped",
            says=said,
            cause=describe_unknown(),
        )
    if not said:
        says = f"{found.known} specs are as the DAG processor has accepted them"
        return Finding(subject=SUBJECT, layer="accepted", verdict="ok", says=says)
    return Finding(
        subject=SUBJECT,
        layer="accepted",
        verdict="warning",
        says=said,
        cause=f"a deployment is under way, or has not reached this host: {SAME_FILES}",
        confirm=f"git -C {quote(str(root))} log -1",
    )


def _examine_source(root: Path, table: str, source: FileSource) -> Iterator[Finding]:
    """A source whose path names no file here, which may be right before the first one has come."""
    pattern = source.path_on_disk()
    if pattern is None or _WORD in pattern:
        return
    first = next(glob.iglob(pattern, root_dir=root, recursive=True), None)  # noqa: PTH207
    if first is None:
        yield Finding(
            subject=SUBJECT,
            layer="path",
            verdict="warning",
            says=f"{table} reads {source.path}, and this host has no such file",
            cause="its folder is not mounted here, or no file has come yet: every host that runs "
            "tasks needs the same folder there",
            confirm=f"ls -l {quote(str(root / pattern))}",
        )
