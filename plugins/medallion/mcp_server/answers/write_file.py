"""Writes one file, if the project validates with it."""

from __future__ import annotations

from pathlib import Path

from medallion.authoring.patch import propose, write
from medallion.errors import SpecError
from medallion.mcp_server.answers.propose_patch import describe
from medallion.mcp_server.arguments import ProposePatch


def answer(arguments: ProposePatch, root: Path) -> str:
    """What was written, as a diff.

    Raises:
        SpecError: the text is refused; nothing was written.
        SetupError: it cannot be written.
    """
    patch = propose(root, arguments.path, arguments.text)
    if not patch.judgement.is_valid:
        raise SpecError(patch.judgement.issues)
    write(root, patch)
    return f"{patch.path} is written.\n\n{describe(patch)}"
