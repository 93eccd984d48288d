"""The data diffs of a branch, behind what `check` says of it: as text, as Markdown, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from medallion.prose import tally
from medallion.spec.messages.report import visible
from medallion.workbench.comparison.markdown import code, escape
from medallion.workbench.diff.document import document
from medallion.workbench.diff.found import TableDiff
from medallion.workbench.diff.markdown import as_markdown
from medallion.workbench.diff.of_branch import BranchData
from medallion.workbench.diff.text import as_text

TITLE = "What it does to the rows"


def branch_text(data: BranchData, *, colour: bool = False) -> str:
    """For a terminal: a verdict, the tables that differ, and those that were not compared."""
    lines = ["", TITLE, "", f"  {_summary(data)}", ""]
    for one in _different(data):
        lines += [as_text(one, colour=colour)]
    lines += [f"= {one.table.public}: no row differs" for one in data.diffs if not one.is_different]
    for lost in data.missing:
        lines.append(f"! not compared: {lost.table.public}: {visible(lost.why)}")
        if lost.remedy:
            lines.append(f"    → {visible(lost.remedy)}")
    return "\n".join(lines).rstrip() + "\n"


def branch_markdown(data: BranchData) -> str:
    """For a comment on a pull request."""
    lines = ["", f"### {TITLE}", "", escape(_summary(data)), ""]
    lines += [as_markdown(one) for one in _different(data)]
    lines += [f"- ✅ {code(str(one.table.public))} no row differs"
              for one in data.diffs if not one.is_different]  # fmt: skip
    for lost in data.missing:
        remedy = f" → {escape(lost.remedy)}" if lost.remedy else ""
        lines.append(f"- ⚠️ not compared: {code(str(lost.table.public))} {escape(lost.why)}{remedy}")
    return "\n".join(lines).rstrip() + "\n"


def branch_document(data: BranchData) -> dict[str, Any]:
    """`tables`: each as `diff --json` shows it; `not_compared`: table, why, remedy."""
    return {
        "tables": [document(one) for one in data.diffs],
        "not_compared": [
            {"table": str(one.table.public), "why": one.why, "remedy": one.remedy}
            for one in data.missing
        ],
    }


def _different(data: BranchData) -> Iterator[TableDiff]:
    return (one for one in data.diffs if one.is_different)


def _summary(data: BranchData) -> str:
    """How many tables there are of each kind, in a sentence."""
    differ = sum(one.is_different for one in data.diffs)
    same = len(data.diffs) - differ
    if not data.diffs and not data.missing:
        return "No table is touched."
    said = [f"{tally(differ, 'table')} {'differs' if differ == 1 else 'differ'}"]
    if same:
        said.append(f"{same} {'does' if same == 1 else 'do'} not")
    if data.missing:
        said.append(f"{len(data.missing)} could not be compared")
    return ", ".join(said) + "."
