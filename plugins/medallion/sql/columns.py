"""Resolves the names in a SELECT to columns by scope, as the server does, without the server.

It reports only what is certain: a name is unknown if every table it could belong to is known with
all its columns, and none has it. Everything else is left to the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from medallion.sql.output_names import is_star, output_name
from medallion.sql.postgres_tree import MOST_PROBLEMS
from medallion.sql.problem import QueryProblem
from medallion.sql.scope import UNKNOWN, Columns, Item, Scope, Tables, find_items
from medallion.sql.tree_nodes import Node, name_in_from, texts
from medallion.sql.unknown_names import UnknownNames


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
        problems=reader.names.in_order()[:MOST_PROBLEMS],
    )


class _Reader:
    def __init__(self, text: str, tables: Tables) -> None:
        self._tables = tables
        self.names = UnknownNames(text)

    def select(self, node: Node, parent: Scope | None, ctes: Mapping[str, Columns]) -> Columns:
        """The columns of a SELECT's result: those of its first part where it is a UNION."""
        todo, first = [(node, ctes)], None
        while todo:
            node, ctes = todo.pop()
            ctes = self._with(node, parent, ctes)
            if "larg" in node:
                todo += [(node["rarg"], ctes), (node["larg"], ctes)]
                continue
            found = self._plain(node, Scope(parent=parent, ctes=ctes))
            first = found if first is None else first
        return first or UNKNOWN

    def places_of(self, node: Node) -> Iterator[tuple[str, int]]:
        """The names that targets give by themselves, with their places."""
        for wrapped in node.get("targetList", ()):
            target = wrapped["ResTarget"]
            name = None if is_star(target) else output_name(target)
            if name is not None:
                yield name, self.names.offset(target)

    def _with(
        self, node: Node, parent: Scope | None, ctes: Mapping[str, Columns]
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
                UNKNOWN if more else columns.rename(texts(one.get("aliascolnames", ())))
            )
        return known

    def _plain(self, node: Node, scope: Scope) -> Columns:
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

    def _output(self, node: Node, scope: Scope, everything: Columns) -> Columns:
        found = Columns()
        for wrapped in node.get("targetList", ()):
            target = wrapped["ResTarget"]
            if is_star(target):
                found = found.beside(self._star(target["val"], scope, everything))
                continue
            name = output_name(target)
            found = found.beside(UNKNOWN if name is None else Columns(names=(name,)))
        return found

    def _star(self, value: Node, scope: Scope, everything: Columns) -> Columns:
        fields = value.get("ColumnRef", {}).get("fields", ())
        if len(fields) == 1:
            return everything
        if len(fields) != 2:
            return UNKNOWN
        items = find_items(texts(fields)[0], scope)
        return items[0].columns if len(items) == 1 else UNKNOWN

    def _from(self, element: Node, scope: Scope) -> Columns:
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
        name = name or name_in_from(kind, node)
        columns = columns.rename(texts(alias.get("colnames", ())))
        scope.items.append(Item(name=name, schema=schema, columns=columns, shown=shown or name))
        return columns

    def _relation(self, node: Node, scope: Scope) -> tuple[Columns, str, str]:
        schema, name = node.get("schemaname", ""), node["relname"]
        if not schema:
            return scope.ctes.get(name, UNKNOWN), "", name
        known = UNKNOWN if "catalogname" in node else self._tables(schema, name)
        return known, schema, f"{schema}.{name}"

    def _join(self, node: Node, scope: Scope) -> Columns:
        first = len(scope.items)
        left = self._from(node["larg"], scope)
        between = len(scope.items)
        right = self._from(node["rarg"], scope)
        self._walk(node.get("quals"), scope)
        using = texts(node.get("usingClause", ()))
        sides = ((left, scope.items[first:between]), (right, scope.items[between:]))
        for name, (columns, items) in product(using, sides):
            if not columns.may_have(name):
                self.names.hold_using(node, name, items)
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
            scope.items.append(Item(name=name, columns=Columns(names=tuple(using)), shown=name))
        if "alias" in node:  # it hides what was joined
            del scope.items[first:]
            name = node["alias"]["aliasname"]
            found = found.rename(texts(node["alias"].get("colnames", ())))
            scope.items.append(Item(name=name, columns=found, shown=name))
        return found

    def _walk(self, value: Any, scope: Scope, output: Columns | None = None) -> None:
        """Judge every name in expressions. `output` may be meant too, in ORDER BY and the like."""
        todo = [value]
        while todo:
            value = todo.pop()
            if isinstance(value, list):
                todo += value
            elif isinstance(value, dict):
                for key, inner in value.items():
                    if key == "ColumnRef":
                        self.names.judge(inner, scope, output)
                    elif key == "SelectStmt":
                        self.select(inner, scope, scope.ctes)
                    else:
                        todo.append(inner)
