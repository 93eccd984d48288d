"""The SELECT of a gold table as the loader needs it: its text, and the tables it reads.

The loader is given a `ReadQuery`, which keeps its results on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from medallion.names import TableName
from medallion.sql.problem import QueryProblem

__all__ = ["PLACEHOLDERS", "GoldQuery", "QueryProblem", "QueryReading", "ReadQuery"]


Place = tuple[int, int]
"""Line and column in a text, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesRead:
    """The tables that a query reads, each with the place of its first mention."""

    upstream: tuple[TableName, ...] = ()
    places: tuple[Place, ...] = ()

    def place_of(self, table: TableName) -> Place:
        """Where a table is first mentioned; (1, 1) for one that the query does not read."""
        return dict(zip(self.upstream, self.places, strict=False)).get(table, (1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryReading(TablesRead):
    """What reading a SQL file found: the tables it reads, and why it cannot be used."""

    problems: tuple[QueryProblem, ...] = ()


PLACEHOLDERS = ("data_interval_start", "data_interval_end", "run_id")
"""What `:name` may mean in a gold table's SQL."""

ReadQuery = Callable[[str], QueryReading]
"""The text of a SQL file → what it reads from, and its problems. It never raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuery(TablesRead):
    """The SELECT of one gold table: its text, its file below the root, the tables it reads."""

    text: str
    path: str
