"""What is wrong with the project, with one file, or with a text that is not written."""

from __future__ import annotations

import argparse
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from medallion.authoring.drafts import judge
from medallion.cli import validate
from medallion.mcp_server.arguments import Validate
from medallion.spec.messages.report import visible


def answer(arguments: Validate, root: Path) -> str:
    """A line a problem, and how many there are."""
    if arguments.path is not None and arguments.text is not None:
        judged = judge(root, {arguments.path: arguments.text})
        lines = [visible(issue.one_line()) for issue in judged.issues]
        return "\n".join([*lines, "", f"{len(lines)} problems." if lines else "It is valid."])
    said = StringIO()
    paths = [root / arguments.path] if arguments.path else []
    with redirect_stdout(said):
        validate.run(argparse.Namespace(paths=paths, ci=True, with_warehouse=False, root=root))
    return said.getvalue()
