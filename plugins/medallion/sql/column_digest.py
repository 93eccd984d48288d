"""What one result column of a SELECT is computed from, as a digest: it is another one where the
column means something else, and the same where only the rest of the SELECT has changed.

It follows names through subqueries and common table expressions. Where it cannot (a star, a
function in FROM, a list of column names), all of that part counts: rather one change too many than
one that nobody sees.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from medallion.sql.output_names import is_star, output_name
from medallion.sql.postgres_select import select_tree
from medallion.sql.tree_nodes import Node, texts

_Scope = Mapping[str, Any]
"""The common table expressions that are visible, by name: each with what itself sees."""


def digest_column(sql: str, placeholders: Collection[str], name: str) -> str | None:
    """The digest of a column; None where the SELECT cannot be read.

    Neither the other columns nor WHERE count, nor how a table is called in the SELECT.

    >>> one = digest_column("select r.sold_on as day, 1 as n from shop.receipts r", (), "day")
    >>> one == digest_column("select sold_on as day, 2 as m from shop.receipts where m > 1",
    ...                      (), "day")
    True
    >>> one == digest_column("select r.paid_on as day, 1 as n from shop.receipts r", (), "day")
    False
    """
    tree = select_tree(sql, placeholders)
    if tree is None:
        return None
    try:
        return _Reader().column(tree["SelectStmt"], name, {})
    except RecursionError:
        return None


class _Reader:
    """Reads one tree; what a column of a query is made of is worked out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], str] = {}

    def column(self, select: Node, name: str, scope: _Scope) -> str:
        """The digest of a column of a query."""
        key = (id(select), name)
        if key not in self._known:
            made = self._column(select, name, _with(select, scope))
            self._known[key] = _digest(made)
        return self._known[key]

    def _column(self, select: Node, name: str, scope: _Scope) -> Any:
        if "larg" in select:
            return self._of_arms(select, name, scope)
        targets = _targets(select)
        found = [one for one in targets if not is_star(one) and output_name(one) == name]
        if found:
            value = found[0].get("val")
            windows = select.get("windowClause", ()) if "over" in json.dumps(value) else ()
            return [self._expression(value, select, scope), _plain(windows)]
        if not targets:  # VALUES
            return _plain(select)
        return [self._from(item, name, scope) for item in _sources(select)]

    def _of_arms(self, select: Node, name: str, scope: _Scope) -> Any:
        """Of a UNION and the like: columns go together by place."""
        arms = list(_arms(select))
        at = _place(arms[0], name)
        names = [None if at is None else _name_at(arm, at) for arm in arms]
        if None in names:
            return _plain(select)
        return [self.column(arm, str(one), scope) for arm, one in zip(arms, names, strict=True)]

    def _expression(self, value: Any, select: Node, scope: _Scope) -> Any:
        """A value with what its names mean in their place."""
        if isinstance(value, Mapping):
            if set(value) == {"ColumnRef"}:
                return {"of": self._name(value["ColumnRef"]["fields"], select, scope)}
            if "SubLink" in value:
                return _plain(value)
            return {
                key: self._expression(part, select, scope)
                for key, part in value.items()
                if not key.endswith("location")
            }
        if isinstance(value, list | tuple):
            return [self._expression(one, select, scope) for one in value]
        return value

    def _name(self, fields: Sequence[Node], select: Node, scope: _Scope) -> Any:
        path = texts(fields)
        if not path:
            return _plain(select)
        sources = list(_sources(select))
        if len(path) > 1:
            sources = [one for one in sources if _alias(one) == path[-2]]
        return [self._from(one, path[-1], scope) for one in sources] or list(path)

    def _from(self, item: tuple[str, Node], name: str, scope: _Scope) -> Any:
        """A column of something in FROM."""
        kind, node = item
        is_plain = "colnames" not in node.get("alias", {})
        if kind == "RangeSubselect" and is_plain:
            return self.column(node["subquery"]["SelectStmt"], name, scope)
        if kind != "RangeVar" or not is_plain:
            return [_plain(node), name]
        table, schema = node["relname"], node.get("schemaname", "")
        if schema or table not in scope:
            return f"{schema}.{table}.{name}"
        common, outer = scope[table]
        query = common["ctequery"].get("SelectStmt", {})
        if "aliascolnames" in common or "larg" in query:  # it may read itself
            return [_plain(query), name]
        return self.column(query, name, outer)


def _arms(select: Node) -> Iterator[Node]:
    todo = [select]
    while todo:
        one = todo.pop()
        if "larg" in one:
            todo += [one["rarg"], one["larg"]]
        else:
            yield one


def _targets(select: Node) -> list[Node]:
    return [one["ResTarget"] for one in select.get("targetList", ())]


def _place(select: Node, name: str) -> int | None:
    targets = _targets(select)
    if any(map(is_star, targets)):
        return None
    return next((at for at, one in enumerate(targets) if output_name(one) == name), None)


def _name_at(select: Node, at: int) -> str | None:
    """The name of a column by its place, where no other column has it."""
    targets = _targets(select)
    if any(map(is_star, targets)) or at >= len(targets):
        return None
    names = [output_name(one) for one in targets]
    return names[at] if names.count(names[at]) == 1 else None


def _with(select: Node, scope: _Scope) -> _Scope:
    """The common table expressions that a query sees: its own see those before them."""
    known = dict(scope)
    for wrapped in select.get("withClause", {}).get("ctes", ()):
        one = wrapped["CommonTableExpr"]
        known[one["ctename"]] = (one, dict(known))
    return known


def _sources(select: Node) -> Iterator[tuple[str, Node]]:
    """Each thing in FROM: its kind and its node; joins opened."""
    todo = list(reversed(select.get("fromClause", ())))
    while todo:
        ((kind, node),) = todo.pop().items()
        if kind == "JoinExpr" and "alias" not in node:
            todo += [node["rarg"], node["larg"]]
        else:
            yield kind, node


def _alias(item: tuple[str, Node]) -> str:
    node = item[1]
    return str(node.get("alias", {}).get("aliasname") or node.get("relname", ""))


def _plain(value: Any) -> Any:
    """A part of the tree as it is written, without the places in the text."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items() if not key.endswith("location")}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _digest(made: Any) -> str:
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]
