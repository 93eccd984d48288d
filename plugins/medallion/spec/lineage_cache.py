"""What SQL files were found to read from, kept on disk: parsing SQL costs more than a whole DAG.

An entry is named by the sha256 of the text and of what reads it, so it never goes stale. A cache
that cannot be read or written only costs time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from medallion.names import TableName
from medallion.spec.queries import QueryProblem, QueryReading, ReadQuery

_TABLE = re.compile(r"[^.]*\.[^.]+")


class CachedReading:
    """A `ReadQuery` that asks another one only for SQL it has not seen before."""

    def __init__(self, folder: Path, read: ReadQuery, reader_version: str) -> None:
        """`folder` is made when it is first written to; `read` does the work.

        `reader_version` changes whenever `read` may answer otherwise.
        """
        self._folder = folder
        self._read = read
        self._reader_version = reader_version

    def __call__(self, text: str) -> QueryReading:
        """What `text` reads from."""
        path = self._folder / f"{self._key(text)}.json"
        kept = _kept(path)
        if kept is not None:
            return kept
        reading = self._read(text)
        with suppress(OSError):
            _write(path, reading)
        return reading

    def _key(self, text: str) -> str:
        said = f"{self._reader_version}\n{text}"
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def cache_folder(root: Path) -> Path:
    """Where the cache of a project is: nothing in it is worth keeping."""
    return root / ".medallion" / "cache" / "lineage"


def _kept(path: Path) -> QueryReading | None:
    """An entry, or None where there is none or it is damaged."""
    try:
        entry = json.loads(path.read_bytes())
        return QueryReading(
            upstream=tuple(_table(name) for name in entry["upstream"]),
            problems=tuple(_problem(problem) for problem in entry["problems"]),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _table(name: Any) -> TableName:
    if not isinstance(name, str) or not _TABLE.fullmatch(name):
        raise ValueError(name)
    return TableName.parse(name)


def _problem(entry: Mapping[str, Any]) -> QueryProblem:
    problem = QueryProblem(**entry)
    numbers = isinstance(problem.line, int) and isinstance(problem.column, int)
    if not (numbers and isinstance(problem.problem, str) and isinstance(problem.remedy, str)):
        raise TypeError(entry)
    return problem


def _write(path: Path, reading: QueryReading) -> None:
    """Whole or not at all: several processes parse the same specs at once."""
    entry = {
        "upstream": [str(table) for table in reading.upstream],
        "problems": [
            {"line": p.line, "column": p.column, "problem": p.problem, "remedy": p.remedy}
            for p in reading.problems
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(entry, file)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
