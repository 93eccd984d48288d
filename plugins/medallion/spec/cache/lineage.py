"""What SQL files read from, kept on disk: parsing SQL costs more than building a DAG."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medallion.names import TableName
from medallion.spec.cache.disk import entry_path, keep, read_kept
from medallion.spec.models.queries import Place, QueryProblem, QueryReading, ReadQuery

_TABLE = re.compile(r"[^.]*\.[^.]+")


class CachedReading:
    """A `ReadQuery` that calls another one only for SQL it has not seen before."""

    def __init__(self, folder: Path, read: ReadQuery, reader_version: str) -> None:
        """`folder` is made when it is first written to; `read` does the work.

        `reader_version` changes whenever `read` may answer otherwise.
        """
        self._folder = folder
        self._read = read
        self._reader_version = reader_version.encode()

    def __call__(self, text: str) -> QueryReading:
        """What `text` reads from."""
        said = text.encode("utf-8", "surrogatepass")
        path = entry_path(self._folder, self._reader_version, said)
        known = _reading(read_kept(path))
        if known is None:
            known = self._read(text)
            keep(path, _entry(known))
        return known


def _reading(entry: Any) -> QueryReading | None:
    """What an entry says, or None where it is damaged."""
    try:
        return QueryReading(
            upstream=tuple(_table(name) for name in entry["upstream"]),
            places=tuple(_place(place) for place in entry["places"]),
            problems=tuple(_problem(problem) for problem in entry["problems"]),
        )
    except (ValueError, TypeError, KeyError):
        return None


def _table(name: Any) -> TableName:
    if not isinstance(name, str) or not _TABLE.fullmatch(name):
        raise ValueError(name)
    return TableName.parse(name)


def _place(entry: Any) -> Place:
    line, column = entry
    if not (isinstance(line, int) and isinstance(column, int)):
        raise TypeError(entry)
    return line, column


def _problem(entry: Mapping[str, Any]) -> QueryProblem:
    problem = QueryProblem(**entry)
    numbers = isinstance(problem.line, int) and isinstance(problem.column, int)
    if not (numbers and isinstance(problem.problem, str) and isinstance(problem.remedy, str)):
        raise TypeError(entry)
    return problem


def _entry(reading: QueryReading) -> dict[str, Any]:
    return {
        "upstream": [str(table) for table in reading.upstream],
        "places": [list(place) for place in reading.places],
        "problems": [
            {"line": p.line, "column": p.column, "problem": p.problem, "remedy": p.remedy}
            for p in reading.problems
        ],
    }
