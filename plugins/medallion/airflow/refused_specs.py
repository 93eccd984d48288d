"""The text of Airflow's "Dag import errors" for refused specs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from medallion.errors import Issue
from medallion.spec.messages.report import render, visible

_MOST = 100_000
"""Characters of one error: a person reads the first page."""


class InvalidSpecs(Exception):
    """Specs are refused. Airflow shows the message as an import error."""


def raise_issues(
    issues: Iterable[Issue], root: Path, domain: str = "", running: Collection[str] = ()
) -> None:
    """Raise one error that lists the files first, then every issue; nothing if there are none.

    Args:
        issues: in any order.
        root: the project's folder, from which excerpts are read.
        domain: the domain of all of them, for the title.
        running: paths of specs whose previous version runs: the spec, or a file it needs, is
            refused.
    """
    known = sorted(issues)
    if not known:
        return
    from medallion.spec.files.excerpts import lines_below

    files = list(dict.fromkeys(visible(issue.path) for issue in known))
    whose = f"of the domain {domain} " if domain else ""
    count = "One file" if len(files) == 1 else f"{len(files)} files"
    title = f"{count} {whose}cannot be used. No other pipeline is affected."
    behind = sorted(map(visible, running))
    lines = [f"  {file}{'  (its last good version runs)' * (file in behind)}" for file in files]
    lines += [
        f"  {file}  (needs it: its last good version runs)" for file in behind if file not in files
    ]
    text = "\n".join((title, *lines))
    text += "\n\n" + render(known, lines_below(root), colour=False)
    raise InvalidSpecs(text if len(text) <= _MOST else f"{text[:_MOST]}\n…")
