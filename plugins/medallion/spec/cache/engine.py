"""DuckDB's answers about regular expressions and expressions of specs, kept on disk.

Airflow parses every spec again and again, and importing DuckDB costs more than parsing fifty specs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from medallion.spec.cache.disk import cache_folder, entry_path, keep, read_kept

_ANSWERING = tuple(
    f"medallion.cleaning.duckdb.{name}"
    for name in ("probe", "expressions", "syntax", "splices", "asking")
)
"""The modules that put the questions: other answers may come when they change."""


def ask_once(root: Path, question: list[Any], ask: Callable[[], dict[str, str]]) -> dict[str, str]:
    """The kept answer to a question; `ask` is called only if there is none.

    Args:
        root: the project's folder.
        question: a JSON value that holds the whole question; its first value is its kind.
        ask: finds the answer, a mapping of texts.
    """
    said = json.dumps(question, ensure_ascii=False).encode("utf-8", "surrogatepass")
    path = entry_path(cache_folder(root, "engine"), _version(), said)
    known = read_kept(path)
    if isinstance(known, dict) and all(isinstance(text, str) for text in known.values()):
        return known
    answer = ask()
    keep(path, answer)
    return answer


@cache
def _version() -> bytes:
    sources = [find_spec(name) for name in _ANSWERING]
    texts = [Path(s.origin).read_bytes() for s in sources if s is not None and s.origin]
    digest = hashlib.sha256(b"\n".join(texts)).hexdigest()
    return f"{version('duckdb')} {version('sqlglot')} {digest}".encode()
