"""The outline of a SELECT: the names that each of its columns is made of, and what they may mean.

It is data alone, and says nothing of tables' columns, which change without the query: `origins`
resolves it. So it is read off the parse tree once, where authors' SQL is parsed, and kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from medallion.names import TableName

Path = tuple[str, ...]
"""A name as it is written: `(column)`, `(table, column)`; `*` for all columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """What a value is made of: names, and the results of subqueries.

    `is_copy`: it is one name and nothing else. `counted`: those of the names of which it only has a
    count.
    """

    names: tuple[Path, ...] = ()
    queries: tuple[QueryOutline, ...] = ()
    is_copy: bool = False
    counted: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A result column, or a star. `name`: None where only the server knows it; `star`: what stands
    before the star."""

    name: str | None = None
    value: Expression = Expression()
    is_star: bool = False
    star: Path = ()
    is_row: bool = False
    """`(value).*`: the columns of the row that `value` is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromItem:
    """Something in FROM: exactly one of `table`, `cte`, `query`, `values` and `first` is there.

    Attributes:
        alias: the name that it has in the query; empty: a join without one.
        schema: what may come before that name.
        columns: what AS calls its first columns.
        cte: the name of a common table expression, or of something else without a schema.
        lateral: `query` sees what comes before it.
        values: the arguments of a function, of which all of its columns are made.
        first: the leftmost part of a chain of joins, with its `steps`.
    """

    alias: str = ""
    schema: str = ""
    columns: tuple[str, ...] = ()
    table: TableName | None = None
    cte: str = ""
    query: QueryOutline | None = None
    lateral: bool = False
    values: Expression | None = None
    first: FromItem | None = None
    steps: tuple[JoinStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinStep:
    """What is joined to all that stands left of it."""

    right: FromItem
    kind: str = "JOIN_INNER"
    using: tuple[str, ...] = ()
    using_alias: str = ""
    is_natural: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonTable:
    """One query of WITH. `has_more`: SEARCH or CYCLE adds columns to it."""

    name: str
    query: QueryOutline
    columns: tuple[str, ...] = ()
    is_recursive: bool = False
    has_more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOutline:
    """A SELECT. Of a UNION and the like `arms` are the parts: columns go together by place."""

    common: tuple[CommonTable, ...] = ()
    arms: tuple[QueryOutline, ...] = ()
    targets: tuple[Target, ...] = ()
    sources: tuple[FromItem, ...] = ()

    @property
    def depth(self) -> int:
        """How deep queries are nested, this one included."""
        deepest, todo = 0, [(self, 1)]
        while todo:
            one, depth = todo.pop()
            deepest = max(deepest, depth)
            todo += [(inner, depth + 1) for inner in one.inner()]
        return deepest

    def inner(self) -> Iterator[QueryOutline]:
        """The queries directly inside it."""
        yield from (one.query for one in self.common)
        yield from self.arms
        for target in self.targets:
            yield from target.value.queries
        items = list(self.sources)
        for item in items:  # it grows
            items += [step.right for step in item.steps]
            items += [item.first] if item.first is not None else []
            yield from [item.query] if item.query is not None else []
            yield from item.values.queries if item.values is not None else ()
