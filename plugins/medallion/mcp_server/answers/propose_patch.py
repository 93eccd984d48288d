"""A change of one file as a diff, with what is wrong with it or what it would break."""

from __future__ import annotations

from pathlib import Path

from medallion.authoring.patch import Patch, propose
from medallion.mcp_server.arguments import ProposePatch
from medallion.spec.messages.report import visible
from medallion.workbench.comparison.text import as_text


def answer(arguments: ProposePatch, root: Path) -> str:
    """The diff, and the verdict below it."""
    return describe(propose(root, arguments.path, arguments.text))


def describe(patch: Patch) -> str:
    """A patch for a reader: nothing of it is written yet."""
    diff = patch.diff or f"{patch.path} has this text already."
    if not patch.judgement.is_valid:
        lines = [visible(issue.one_line()) for issue in patch.judgement.issues]
        return "\n".join([diff, "", f"Refused, {len(lines)} problems:", *lines])
    comparison = patch.judgement.comparison
    changes = as_text(comparison) if comparison else ""
    return f"{diff}\n\nValid. What it changes:\n\n{changes}"
