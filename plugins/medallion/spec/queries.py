"""The SELECT of a gold table as the loader needs it: its text, and what it reads from.

Reading SQL takes a parser that is slow to import, and that stands above this folder: the loader is
handed a `ReadQuery` and knows nothing else of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from medallion.names import TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryProblem:
    """Something wrong in a SQL file; line and column from 1, 0 where there is no place."""

    line: int = 0
    column: int = 0
    problem: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryReading:
    """What the text of a SQL file tells: the tables it reads, and why it cannot be used."""

    upstream: tuple[TableName, ...] = ()
    problems: tuple[QueryProblem, ...] = ()


ReadQuery = Callable[[str], QueryReading]
"""The text of a SQL file → what it reads from, and its problems. It never raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuery:
    """The SELECT of one gold table: its text, its file below the root, the tables it reads."""

    text: str
    path: str
    upstream: tuple[TableName, ...]
