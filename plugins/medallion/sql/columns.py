"""Resolves the names in a SELECT to columns by scope, as the server does, without the server.

It reports only what is certain: a name is unknown if every table it could belong to is known with
all its columns, and none has it. Everything else is left to the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from medallion.closest import closest
from medallion.names import SYSTEM_COLUMNS
from medallion.sql.libpg_query import character_of
from medallion.sql.output_names import is_star, output_name
from medallion.sql.postgres_tree import MOST_PROBLEMS
from medallion.sql.problem import QueryProblem, problem_at

Node = Mapping[str, Any]
_MOST_LISTED = 40
_DEFAULT_NAMES = {"RangeTableFunc": "xmltable", "JsonTable": "json_table"}
FUNCTIONS_OF_ROWS = frozenset(
    (
        *("any_value", "array_agg", "concat", "count", "cume_dist", "dense_rank", "first_value"),
        *("hash_record", "json_agg", "json_agg_strict", "json_build_array", "json_build_object"),
        *("jsonb_agg", "jsonb_agg_strict", "jsonb_build_array", "jsonb_build_object", "lag"),
        *("last_value", "lead", "max", "min", "mode", "num_nonnulls", "num_nulls", "percent_rank"),
        *("quote_literal", "quote_nullable", "rank", "record_out", "record_send", "row_to_json"),
        *("to_json", "to_jsonb"),
    )
)
"""Functions that take a whole row: `t.count` calls one where t has no such column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a table, a subquery or a result, as far as they are known.

    Attributes:
        names: in their order.
        whole: whether there are no others.
        own: whether Medallion's columns (`_load_id`) and the server's may exist besides them.
    """

    names: tuple[str, ...] = ()
    whole: bool = True
    own: bool = False

    def may_have(self, name: str) -> bool:
        """Whether a column may exist; False only if it certainly does not."""
        if name in self.names or not self.whole:
            return True
        return self.own and (name.startswith("_") or name in SYSTEM_COLUMNS)

    def rename(self, names: Sequence[str]) -> Columns:
        """The columns after `AS t (a, b)`, which renames the first ones."""
        if not names:
            return self
        if self.own or not self.whole:
            return Columns(names=tuple(names), whole=False)
        return replace(self, names=(*names, *self.names[len(names) :]))

    def beside(self, other: Columns) -> Columns:
        """These columns followed by the others."""
        return Columns(
            names=self.names + other.names,
            whole=self.whole and other.whole,
            own=self.own or other.own,
        )


UNKNOWN = Columns(whole=False)
Tables = Callable[[str, str], Columns]
"""A table's schema and name → its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectColumns:
    """The result of resolving a SELECT's names.

    Attributes:
        columns: of its result.
        places: (name, offset of its expression) of each result column that is not from a star.
        problems: names that certainly mean nothing.
    """

    columns: Columns = UNKNOWN
    places: tuple[tuple[str, int], ...] = ()
    problems: tuple[QueryProblem, ...] = ()


def select_columns(
    text: str, statement: Node, tables: Tables, named: Mapping[str, Columns] | None = None
) -> SelectColumns:
    """Resolve the names of a SELECT.

    Args:
        text: the text that was parsed.
        statement: its tree, `{"SelectStmt": …}`.
        tables: returns what is known about a table's columns.
        named: relations that a name without a schema may mean, besides CTEs.
    """
    reader = _Reader(text, tables)
    try:
        columns = reader.select(statement["SelectStmt"], None, named or {})
    except RecursionError:
        return SelectColumns()
    first = statement["SelectStmt"]
    while "larg" in first:
        first = first["larg"]
    return SelectColumns(
        columns=columns,
        places=tuple(reader.places_of(first)),
        problems=tuple(sorted(reader.problems, key=lambda p: (p.line, p.column))[:MOST_PROBLEMS]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """Something in FROM. `schema` is empty where it has an alias."""

    name: str
    columns: Columns
    schema: str = ""
    shown: str = ""


@dataclass(slots=True, kw_only=True)
class _Scope:
    """What the names of one SELECT can mean, and of those around it."""

    parent: _Scope | None
    ctes: Mapping[str, Columns]
    items: list[_Item] = field(default_factory=list)

    def outwards(self) -> Iterator[_Scope]:
        level: _Scope | None = self
        while level is not None:
            yield level
            level = level.parent


class _Reader:
    def __init__(self, text: str, tables: Tables) -> None:
        self._text = text
        self._is_ascii = text.isascii()
        self._tables = tables
        self.problems: list[QueryProblem] = []

    def select(self, node: Node, parent: _Scope | None, ctes: Mapping[str, Columns]) -> Columns:
        """The columns of a SELECT's result: those of its first part where it is a UNION."""
        todo, first = [(node, ctes)], None
        while todo:
            node, ctes = todo.pop()
            ctes = self._with(node, parent, ctes)
            if "larg" in node:
                todo += [(node["rarg"], ctes), (node["larg"], ctes)]
                continue
            found = self._plain(node, _Scope(parent=parent, ctes=ctes))
            first = found if first is None else first
        return first or UNKNOWN

    def places_of(self, node: Node) -> Iterator[tuple[str, int]]:
        """The names that targets give by themselves, with their places."""
        for wrapped in node.get("targetList", ()):
            target = wrapped["ResTarget"]
            name = None if is_star(target) else output_name(target)
            if name is not None:
                yield name, self._offset(target)

    def _with(
        self, node: Node, parent: _Scope | None, ctes: Mapping[str, Columns]
    ) -> Mapping[str, Columns]:
        clause = node.get("withClause", {})
        expressions = [wrapped["CommonTableExpr"] for wrapped in clause.get("ctes", ())]
        known = dict(ctes)
        if clause.get("recursive"):
            known |= dict.fromkeys((one["ctename"] for one in expressions), UNKNOWN)
        for one in expressions:
            columns = self.select(one["ctequery"].get("SelectStmt", {}), parent, known)
            more = "search_clause" in one or "cycle_clause" in one
            known[one["ctename"]] = (
                UNKNOWN if more else columns.rename(_texts(one.get("aliascolnames", ())))
            )
        return known

    def _plain(self, node: Node, scope: _Scope) -> Columns:
        if "valuesLists" in node:
            self._walk(node["valuesLists"], scope)
            width = len(node["valuesLists"][0]["List"]["items"])
            return Columns(names=tuple(f"column{n}" for n in range(1, width + 1)))
        everything = Columns()
        for element in node.get("fromClause", ()):
            everything = everything.beside(self._from(element, scope))
        output = self._output(node, scope, everything)
        for part in ("targetList", "whereClause", "havingClause", "windowClause"):
            self._walk(node.get(part), scope)
        for part in ("groupClause", "distinctClause", "sortClause"):
            self._walk(node.get(part), scope, output)
        return output

    def _output(self, node: Node, scope: _Scope, everything: Columns) -> Columns:
        found = Columns()
        for wrapped in node.get("targetList", ()):
            target = wrapped["ResTarget"]
            if is_star(target):
                found = found.beside(self._star(target["val"], scope, everything))
                continue
            name = output_name(target)
            found = found.beside(UNKNOWN if name is None else Columns(names=(name,)))
        return found

    def _star(self, value: Node, scope: _Scope, everything: Columns) -> Columns:
        fields = value.get("ColumnRef", {}).get("fields", ())
        if len(fields) == 1:
            return everything
        if len(fields) != 2:
            return UNKNOWN
        items = _named(_texts(fields)[0], scope)
        return items[0].columns if len(items) == 1 else UNKNOWN

    def _from(self, element: Node, scope: _Scope) -> Columns:
        """Take an element of FROM into the scope; what `*` makes of it."""
        ((kind, node),) = element.items()
        if kind == "JoinExpr":
            return self._join(node, scope)
        if kind == "RangeTableSample":
            return self._from(node["relation"], scope)
        alias = node.get("alias", {})
        name, schema, shown = alias.get("aliasname", ""), "", ""
        columns = UNKNOWN
        if kind == "RangeVar":
            columns, schema, shown = self._relation(node, scope)
            schema, name = ("", name) if name else (schema, node["relname"])
        elif kind == "RangeSubselect":
            columns = self.select(node["subquery"]["SelectStmt"], scope, scope.ctes)
        elif kind == "RangeFunction":
            self._walk(node.get("functions"), scope)
            name = name or _function_of(node)
        else:
            name = name or _DEFAULT_NAMES.get(kind, "")
        columns = columns.rename(_texts(alias.get("colnames", ())))
        scope.items.append(_Item(name=name, schema=schema, columns=columns, shown=shown or name))
        return columns

    def _relation(self, node: Node, scope: _Scope) -> tuple[Columns, str, str]:
        schema, name = node.get("schemaname", ""), node["relname"]
        if not schema:
            return scope.ctes.get(name, UNKNOWN), "", name
        known = UNKNOWN if "catalogname" in node else self._tables(schema, name)
        return known, schema, f"{schema}.{name}"

    def _join(self, node: Node, scope: _Scope) -> Columns:
        first = len(scope.items)
        left = self._from(node["larg"], scope)
        right = self._from(node["rarg"], scope)
        self._walk(node.get("quals"), scope)
        using = _texts(node.get("usingClause", ()))
        if node.get("isNatural"):
            found = UNKNOWN
        else:
            rest = [
                replace(side, names=tuple(n for n in side.names if n not in using))
                for side in (left, right)
            ]
            found = Columns(names=tuple(using)).beside(rest[0]).beside(rest[1])
        if "join_using_alias" in node:
            name = node["join_using_alias"]["aliasname"]
            scope.items.append(_Item(name=name, columns=Columns(names=tuple(using)), shown=name))
        if "alias" in node:  # it hides what was joined
            del scope.items[first:]
            name = node["alias"]["aliasname"]
            found = found.rename(_texts(node["alias"].get("colnames", ())))
            scope.items.append(_Item(name=name, columns=found, shown=name))
        return found

    def _walk(self, value: Any, scope: _Scope, output: Columns | None = None) -> None:
        """Judge every name in expressions. `output` may be meant too, in ORDER BY and the like."""
        todo = [value]
        while todo:
            value = todo.pop()
            if isinstance(value, list):
                todo += value
            elif isinstance(value, dict):
                for key, inner in value.items():
                    if key == "ColumnRef":
                        self._column(inner, scope, output)
                    elif key == "SelectStmt":
                        self.select(inner, scope, scope.ctes)
                    else:
                        todo.append(inner)

    def _column(self, node: Node, scope: _Scope, output: Columns | None) -> None:
        names = _texts(node["fields"])
        if len(names) < len(node["fields"]):  # a star
            return
        if len(names) == 1:
            if not (output and output.may_have(names[0])):
                self._unqualified(node, names[0], scope)
        elif len(names) == 2:
            self._qualified(node, names[0], names[1], scope)
        elif len(names) == 3:
            items = [item for item in _named(names[1], scope) if item.schema == names[0]]
            self._hold(node, names[2], items)

    def _unqualified(self, node: Node, name: str, scope: _Scope) -> None:
        items = [item for level in scope.outwards() for item in level.items]
        if not any(item.columns.may_have(name) or item.name == name for item in items):
            what = f"there is no column {name}"
            self._problem(node, what if items else f"{what}: nothing is selected from", name, items)

    def _qualified(self, node: Node, table: str, name: str, scope: _Scope) -> None:
        items = _named(table, scope)
        if items:
            self._hold(node, name, items)
            return
        there = [item for level in scope.outwards() for item in level.items]
        if any(not item.name and not item.columns.whole for item in there):
            return
        known = [item.name for item in there if item.name]
        close = closest(table, known)
        hint = f"did you mean {close}? " if close else ""
        self._add(
            node,
            f"nothing in FROM has the name {table}",
            f"{hint}known there: {', '.join(known) or 'nothing'}",
        )

    def _hold(self, node: Node, name: str, items: Sequence[_Item]) -> None:
        of_row = name in FUNCTIONS_OF_ROWS
        if items and not of_row and not any(item.columns.may_have(name) for item in items):
            shown = items[0].shown
            self._problem(node, f"there is no column {name} in {shown}", name, items)

    def _problem(self, node: Node, what: str, name: str, items: Sequence[_Item]) -> None:
        known = [column for item in items for column in item.columns.names]
        close = closest(name, known)
        hint = [f"did you mean {close}?"] if close else []
        listed = [f"{item.shown or 'the subquery'} has {_listed(item.columns)}" for item in items]
        self._add(node, what, " ".join([*hint, "; ".join(listed)]))

    def _add(self, node: Node, what: str, remedy: str) -> None:
        self.problems.append(
            problem_at(self._text, self._offset(node), what, remedy or "select it from a table")
        )

    def _offset(self, node: Node) -> int:
        place = int(node.get("location", 0))
        return place if self._is_ascii else character_of(self._text, place)


def _named(name: str, scope: _Scope) -> list[_Item]:
    """What a name in front of a dot means: the innermost SELECT that knows it decides."""
    for level in scope.outwards():
        found = [item for item in level.items if item.name == name]
        if found:
            return found
    return []


def _listed(columns: Columns) -> str:
    shown = ", ".join(columns.names[:_MOST_LISTED]) or "no column"
    return f"{shown}, …" if len(columns.names) > _MOST_LISTED else shown


def _function_of(node: Node) -> str:
    """The name that a function in FROM has where it is given none."""
    call = node["functions"][0]["List"]["items"][0]
    return str(output_name({"val": call}) or "")


def _texts(names: Sequence[Node]) -> list[str]:
    return [name["String"].get("sval", "") for name in names if "String" in name]
