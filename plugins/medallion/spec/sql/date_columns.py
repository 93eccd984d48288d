"""Whether a SELECT gives a date, as far as its text and the specs say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from medallion.spec.sql.table_columns import tree_of
from medallion.sql.tree_nodes import Node, texts

_DATE = "date"


def is_date(sql: str, column: str, types: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether a column of a SELECT is a date for certain: it is cast to one, or is a column of a
    table in FROM that is declared as one. False where nobody can tell before the server does.

    Args:
        types: by table (`silver_shop.orders`), the declared types of its columns.

    >>> types = {"silver_shop.orders": {"day": "date", "at": "timestamptz"}}
    >>> is_date("select day from silver_shop.orders", "day", types)
    True
    >>> is_date("select at::date as day from silver_shop.orders", "day", types)
    True
    >>> is_date("select at as day from silver_shop.orders", "day", types)
    False
    """
    select = (tree_of(sql) or {}).get("SelectStmt", {})
    while "larg" in select:  # of a UNION, whose first SELECT names the columns
        select = select["larg"]
    value = _find_value(select.get("targetList", ()), column)
    if value is None:
        return False
    if "TypeCast" in value:
        return texts(value["TypeCast"]["typeName"].get("names", ()))[-1:] == (_DATE,)
    if "ColumnRef" not in value:
        return False
    path = texts(value["ColumnRef"]["fields"])
    known = dict(_list_tables(select.get("fromClause", ())))
    if not path or any(table not in types for table in known.values()):
        return False
    named = [known[path[-2]]] if len(path) > 1 and path[-2] in known else list(known.values())
    found = {types[table][path[-1]] for table in named if path[-1] in types[table]}
    return found == {_DATE}


def _find_value(targets: Iterable[Node], column: str) -> Mapping[str, Any] | None:
    for one in targets:
        target = one.get("ResTarget", {})
        value = target.get("val", {})
        name = target.get("name")
        if name is None and "ColumnRef" in value:
            name = next(reversed(texts(value["ColumnRef"]["fields"])), None)
        if name == column:
            return dict(value)
    return None


def _list_tables(items: Iterable[Node]) -> Iterator[tuple[str, str]]:
    """The name that each table has in the query, and its public name; of anything else in FROM an
    empty one."""
    for item in items:
        if "JoinExpr" in item:
            join = item["JoinExpr"]
            yield from _list_tables([join.get("larg", {}), join.get("rarg", {})])
        elif "RangeVar" in item:
            table = item["RangeVar"]
            name = table.get("alias", {}).get("aliasname") or table["relname"]
            yield name, f"{table.get('schemaname', '')}.{table['relname']}"
        else:
            yield "", ""
