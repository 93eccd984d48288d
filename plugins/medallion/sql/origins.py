"""Which columns of which tables each result column of a SELECT is made of.

An outline is resolved with what is known of the tables' columns, by scope, as the server does it.
Where only the server would know, it says so in words, and guesses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from medallion.names import TableName
from medallion.sql.outline import CommonTable, Expression, FromItem, JoinStep, Path, QueryOutline
from medallion.sql.result_columns import (
    NOTHING,
    Column,
    More,
    Origins,
    ResultColumns,
    TableColumn,
    doubt,
    merge,
)
from medallion.sql.scope import Tables

_MOST_ROUNDS = 10
"""Of a recursive query, until its columns stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    name: str
    schema: str
    found: ResultColumns


@dataclass(slots=True, kw_only=True)
class _Scope:
    """What names may mean in one SELECT, and in those around it."""

    parent: _Scope | None
    common: Mapping[str, ResultColumns]
    items: list[_Item] = field(default_factory=list)
    merged: dict[str, Origins] = field(default_factory=dict)
    """Columns that USING or NATURAL has made one."""

    def outwards(self) -> Iterator[_Scope]:
        level: _Scope | None = self
        while level is not None:
            yield level
            level = level.parent


def result_columns(
    outline: QueryOutline, tables: Tables, *, without_counts: bool = False
) -> ResultColumns:
    """The columns of a SELECT's result.

    Args:
        outline: of the SELECT.
        tables: what is known about a table's columns.
        without_counts: leave out what a column has only counts of: it holds no value of it.
    """
    try:
        return _Resolver(tables, without_counts=without_counts).query(outline, None, {})
    except RecursionError:
        return ResultColumns.of_unknown("its query nests too deep to be followed")


class _Resolver:
    def __init__(self, tables: Tables, *, without_counts: bool) -> None:
        self._tables = tables
        self._without_counts = without_counts

    def query(
        self, outline: QueryOutline, parent: _Scope | None, common: Mapping[str, ResultColumns]
    ) -> ResultColumns:
        own = {one.name for one in outline.common if one.is_recursive}
        known = {name: found for name, found in common.items() if name not in own}
        for one in outline.common:
            known[one.name] = self._common(one, parent, known)
        if outline.arms:
            return reduce(merge, [self.query(arm, parent, known) for arm in outline.arms])
        scope = _Scope(parent=parent, common=known)
        everything: list[Column] = []
        for source in outline.sources:
            everything += self._source(source, scope).columns
        columns: list[Column] = []
        for target in outline.targets:
            if target.is_star:
                columns += self._star(target.star, scope, everything)
            elif target.is_row:
                why = doubt("only the server knows the columns of (row).*")
                columns.append(More(origins=self._value(target.value, scope).beside(why)))
            else:
                columns.append((target.name, self._value(target.value, scope)))
        return ResultColumns(columns=tuple(columns))

    def _common(
        self, one: CommonTable, parent: _Scope | None, known: Mapping[str, ResultColumns]
    ) -> ResultColumns:
        """A query of WITH. A recursive one reads itself: again until nothing is added."""
        query = one.query
        if not (one.is_recursive and query.arms):
            return self._rename(one, self.query(query, parent, known))
        first = replace(query, arms=query.arms[:1])
        found = self._rename(one, self.query(first, parent, known))
        for _ in range(_MOST_ROUNDS):
            again = self._rename(one, self.query(query, parent, {**known, one.name: found}))
            if again == found:
                break
            found = again
        else:
            return found.beside(doubt(f"the recursion of {one.name} is not followed to its end"))
        return found

    @staticmethod
    def _rename(one: CommonTable, found: ResultColumns) -> ResultColumns:
        columns = found.rename(one.columns).columns
        if one.has_more:
            columns += (More(origins=doubt(f"SEARCH or CYCLE adds it to {one.name}")),)
        return ResultColumns(columns=columns)

    def _source(self, source: FromItem, scope: _Scope) -> ResultColumns:
        """Take something in FROM into the scope; what `*` makes of it."""
        if source.first is not None:
            return self._join(source, scope)
        found = self._relation(source, scope).rename(source.columns)
        scope.items.append(_Item(name=source.alias, schema=source.schema, found=found))
        return found

    def _relation(self, source: FromItem, scope: _Scope) -> ResultColumns:
        if source.table is not None:
            return self._table(source.table)
        if source.query is not None:
            return self.query(source.query, scope if source.lateral else scope.parent, scope.common)
        if source.values is not None:
            origins = self._value(source.values, scope)
            made = replace(origins, is_copy=False)
            named = tuple((name, made) for name in source.columns or (source.alias,))
            return ResultColumns(columns=(*named, More(origins=made)))
        unknown = doubt(f"{source.cte} is not a table that is known")
        return scope.common.get(source.cte) or ResultColumns(columns=(More(origins=unknown),))

    def _table(self, table: TableName) -> ResultColumns:
        known = self._tables(table.schema, table.table)
        columns: list[Column] = [
            (name, Origins(columns=frozenset((TableColumn(table, name),)), is_copy=True))
            for name in known.names
        ]
        # the table's columns need not be in the spec's order: none is found by its place
        return ResultColumns(columns=(More(table=table, whole=known.whole), *columns))

    def _join(self, source: FromItem, scope: _Scope) -> ResultColumns:
        outer, merged = len(scope.items), dict(scope.merged)
        assert source.first is not None  # noqa: S101  # the caller has looked
        found = self._source(source.first, scope)
        for step in source.steps:
            found = self._step(found, step, scope)
        if source.alias:  # it hides what was joined
            del scope.items[outer:]
            scope.merged = merged
            found = found.rename(source.columns)
            scope.items.append(_Item(name=source.alias, schema="", found=found))
        return found

    def _step(self, left: ResultColumns, step: JoinStep, scope: _Scope) -> ResultColumns:
        right = self._source(step.right, scope)
        using = step.using
        if step.is_natural:
            using = tuple(name for name in left.names() if right.has(name))
        merged = {name: _merge(name, left, right, step.kind) for name in using}
        scope.merged |= merged
        if step.using_alias:
            own = ResultColumns(columns=tuple(merged.items()))
            scope.items.append(_Item(name=step.using_alias, schema="", found=own))
        rest = [
            one
            for one in (*left.columns, *right.columns)
            if isinstance(one, More) or one[0] not in merged
        ]
        return ResultColumns(columns=(*merged.items(), *rest))

    def _star(self, before: Path, scope: _Scope, everything: list[Column]) -> Iterable[Column]:
        if not before:
            return everything
        item = _find_named_item(before, scope)
        said = ".".join(before)
        return item.found.columns if item else (More(origins=doubt(f"{said} is not known")),)

    def _value(self, value: Expression, scope: _Scope) -> Origins:
        left_out = value.counted if self._without_counts else ()
        named = [_resolve(path, scope) for path in value.names if path not in left_out]
        if value.is_copy and len(named) == 1:
            return named[0]
        asked = [self.query(one, scope, scope.common).all() for one in value.queries]
        return reduce(Origins.beside, (*named, *asked), NOTHING)


def _resolve(path: Path, scope: _Scope) -> Origins:
    """What a name means: the innermost SELECT that knows it decides."""
    if len(path) == 1:
        return _resolve_unqualified(path[0], scope)
    for size in (2, 1):  # (schema, table), or a table
        item = _find_named_item(path[:size], scope) if len(path) > size else None
        if item is None:
            continue
        if path[size] == "*":
            return item.found.all()
        return item.found.find(path[size]) or doubt(f"{'.'.join(path)} is not a column")
    return doubt(f"{'.'.join(path)} is not known")


def _resolve_unqualified(name: str, scope: _Scope) -> Origins:
    for level in scope.outwards():
        if name in level.merged:
            return level.merged[name]
        certain = [item for item in level.items if item.found.has(name)]
        maybe = [item for item in level.items if item.found.find(name)]
        rows = [item for item in level.items if item.name == name]
        if certain or (len(maybe) == 1 and not rows):
            return (certain or maybe)[0].found.of(name)
        if maybe:
            either = " or ".join(item.name for item in maybe)
            return doubt(f"{name} may be a column of {either}{', or the row' if rows else ''}")
        if rows:
            return rows[0].found.all()
    return doubt(f"{name} is not a column of a table that is known")


def _find_named_item(path: Path, scope: _Scope) -> _Item | None:
    *schema, name = path
    for level in scope.outwards():
        for item in level.items:
            if item.name == name and (not schema or [item.schema] == schema):
                return item
    return None


def _merge(name: str, left: ResultColumns, right: ResultColumns, kind: str) -> Origins:
    """A column of USING: that of the side that always has it, or of both."""
    if kind == "JOIN_FULL":
        return left.of(name).beside(right.of(name))
    return (right if kind == "JOIN_RIGHT" else left).of(name)
