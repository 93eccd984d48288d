"""Passages of the docs and of the project's specs and SQL."""

from __future__ import annotations

from pathlib import Path

from medallion.authoring.search import MOST_LETTERS, search
from medallion.mcp_server.arguments import Search


def answer(arguments: Search, root: Path) -> str:
    """The passages, the best first, each below its place."""
    found = search(root, arguments.question, arguments.most)
    if not found:
        return "Nothing has any of these words. Try others: a key of a spec, a word of an error."
    parts = []
    for one in found:
        text = one.text.strip()
        shown = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
        title = f"  {one.title}" if one.title else ""
        parts.append(f"── {one.path}:{one.line}{title}\n{shown}")
    return "\n\n".join(parts)
