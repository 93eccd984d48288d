"""The text of a resource."""

from __future__ import annotations

from pathlib import Path

from medallion.mcp_server.arguments import Read
from medallion.mcp_server.resources import text_of


def answer(arguments: Read, root: Path) -> str:
    """The text; secrets in it are hidden."""
    return text_of(root, arguments.address)
