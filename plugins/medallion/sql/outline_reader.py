"""Reads the outline of a SELECT off PostgreSQL's parse tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medallion.names import TableName
from medallion.sql.outline import (
    CommonTable,
    Expression,
    FromItem,
    JoinStep,
    Path,
    QueryOutline,
    Target,
)
from medallion.sql.output_names import is_star, output_name
from medallion.sql.tree_nodes import Node, name_in_from, texts

_Windows = Mapping[str, Node]
DEEPEST = 20
"""Queries in one another: what is written as JSON and read again must not nest without end."""


def outline_of(statement: Node) -> QueryOutline | None:
    """The outline of a SELECT; None where it nests deeper than is kept.

    Args:
        statement: its tree, `{"SelectStmt": …}`.
    """
    try:
        found = _query(statement["SelectStmt"])
    except RecursionError:
        return None
    return found if found.depth <= DEEPEST else None


def _query(node: Node) -> QueryOutline:
    common = tuple(_common(node.get("withClause", {})))
    if "larg" in node:
        return QueryOutline(common=common, arms=tuple(_arms(node)))
    if "valuesLists" in node:
        return QueryOutline(common=common, targets=tuple(_values(node["valuesLists"])))
    windows = {
        one["WindowDef"]["name"]: one["WindowDef"]
        for one in node.get("windowClause", ())
        if "name" in one["WindowDef"]
    }
    return QueryOutline(
        common=common,
        targets=tuple(_target(one["ResTarget"], windows) for one in node.get("targetList", ())),
        sources=tuple(_source(one) for one in node.get("fromClause", ())),
    )


def _arms(node: Node) -> Iterator[QueryOutline]:
    """The parts whose rows may be in the result, from left to right; what EXCEPT removes is not."""
    todo, first = [node], True
    while todo:
        one = todo.pop()
        if "larg" not in one or ("withClause" in one and not first):
            yield _query(one)
        else:
            if one.get("op") != "SETOP_EXCEPT":
                todo.append(one["rarg"])
            todo.append(one["larg"])
        first = False


def _common(clause: Node) -> Iterator[CommonTable]:
    for wrapped in clause.get("ctes", ()):
        one = wrapped["CommonTableExpr"]
        yield CommonTable(
            name=one["ctename"],
            query=_query(one["ctequery"].get("SelectStmt", {})),
            columns=texts(one.get("aliascolnames", ())),
            is_recursive=bool(clause.get("recursive")),
            has_more="search_clause" in one or "cycle_clause" in one,
        )


def _values(rows: Sequence[Node]) -> Iterator[Target]:
    """The columns of VALUES: `column1` is made of the first value of each row."""
    lists = [row["List"]["items"] for row in rows]
    for number, values in enumerate(zip(*lists, strict=False), start=1):
        yield Target(name=f"column{number}", value=_expression(list(values), {}))


def _target(node: Node, windows: _Windows) -> Target:
    if is_star(node):
        fields = node["val"].get("ColumnRef", {}).get("fields")
        if fields is None:  # (row).*
            return Target(is_row=True, value=_expression(node["val"], windows))
        return Target(is_star=True, star=texts(fields[:-1]))
    return Target(name=output_name(node), value=_expression(node.get("val"), windows))


def _source(element: Node) -> FromItem:
    ((kind, node),) = element.items()
    if kind == "JoinExpr":
        return _join(node)
    if kind == "RangeTableSample":
        return _source(node["relation"])
    alias = node.get("alias", {})
    name, columns = alias.get("aliasname", ""), texts(alias.get("colnames", ()))
    if kind == "RangeVar":
        return _relation(node, name, columns)
    if kind == "RangeSubselect":
        return FromItem(
            alias=name,
            columns=columns,
            query=_query(node["subquery"]["SelectStmt"]),
            lateral=bool(node.get("lateral")),
        )
    columns = columns or tuple(
        one["ColumnDef"]["colname"] for one in node.get("coldeflist", ()) if "ColumnDef" in one
    )
    return FromItem(
        alias=name or name_in_from(kind, node),
        columns=columns,
        values=_expression({key: part for key, part in node.items() if key != "alias"}, {}),
    )


def _relation(node: Node, alias: str, columns: tuple[str, ...]) -> FromItem:
    schema, name = node.get("schemaname", ""), node["relname"]
    if not schema:
        return FromItem(alias=alias or name, columns=columns, cte=name)
    return FromItem(
        alias=alias or name,
        schema="" if alias else schema,
        columns=columns,
        table=TableName(schema, name),
    )


def _join(node: Node) -> FromItem:
    """A chain of joins, flat. One with an alias hides the names in it."""
    steps: list[JoinStep] = []
    one = node
    while True:
        steps.append(
            JoinStep(
                right=_source(one["rarg"]),
                kind=one.get("jointype", "JOIN_INNER"),
                using=texts(one.get("usingClause", ())),
                using_alias=one.get("join_using_alias", {}).get("aliasname", ""),
                is_natural=bool(one.get("isNatural")),
            )
        )
        left = one["larg"]
        if "JoinExpr" not in left or "alias" in left["JoinExpr"]:
            break
        one = left["JoinExpr"]
    alias = node.get("alias", {})
    return FromItem(
        alias=alias.get("aliasname", ""),
        columns=texts(alias.get("colnames", ())),
        first=_source(left),
        steps=tuple(reversed(steps)),
    )


def _expression(value: Any, windows: _Windows) -> Expression:
    """Every name in a value's text: conditions of CASE and FILTER, and windows, too."""
    names: dict[Path, None] = {}
    queries: list[QueryOutline] = []
    todo, seen = [value], set[str]()
    while todo:
        one = todo.pop()
        if isinstance(one, list | tuple):
            todo += one
        elif isinstance(one, Mapping):
            for key, inner in one.items():
                if key == "ColumnRef":
                    names[_path(inner["fields"])] = None
                elif key == "SubLink":
                    queries.append(_subquery(inner))
                    todo.append(inner.get("testexpr"))
                else:
                    todo.append(inner)
            window = _window_of(one)
            if window in windows and window not in seen:
                seen.add(window)
                todo.append(windows[window])
    is_copy = isinstance(value, Mapping) and set(value) == {"ColumnRef"}
    return Expression(
        names=tuple(names),
        queries=tuple(queries),
        is_copy=is_copy,
        counted=_find_only_counted(value) if names else frozenset(),
    )


def _find_only_counted(value: Any) -> frozenset[Path]:
    """The names that are in a `count(…)` and nowhere else."""
    counted, valued = set[Path](), set[Path]()
    todo = [(value, False)]
    while todo:
        one, in_count = todo.pop()
        if isinstance(one, list | tuple):
            todo += [(inner, in_count) for inner in one]
        elif isinstance(one, Mapping):
            for key, inner in one.items():
                if key == "ColumnRef":
                    (counted if in_count else valued).add(_path(inner["fields"]))
                else:
                    counts = key == "FuncCall" and texts(inner["funcname"])[-1:] == ("count",)
                    todo.append((inner, in_count or counts))
    return frozenset(counted - valued)


def _window_of(node: Node) -> str:
    """The window of WINDOW that a function's OVER names, or that another window extends."""
    over = node.get("over", {})
    if isinstance(over, Mapping):
        return str(over.get("name") or over.get("refname") or node.get("refname") or "")
    return ""


def _subquery(node: Node) -> QueryOutline:
    """A subquery in an expression: what it selects, or for EXISTS what it asks for."""
    select = node["subselect"]["SelectStmt"]
    if node.get("subLinkType") == "EXISTS_SUBLINK" and "larg" not in select:
        asked = {"ResTarget": {"name": "exists", "val": {"List": select.get("whereClause", {})}}}
        return _query({**select, "targetList": [asked]})
    return _query(select)


def _path(fields: Sequence[Node]) -> Path:
    return tuple("*" if "A_Star" in one else one["String"].get("sval", "") for one in fields)
