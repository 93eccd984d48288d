"""Names in a SELECT that certainly mean nothing, and what is there instead."""

from __future__ import annotations

from collections.abc import Sequence

from medallion.closest import closest
from medallion.prose import list_some
from medallion.sql.problem import QueryProblem, problem_at
from medallion.sql.scope import Columns, Item, Scope, find_items
from medallion.sql.tree_nodes import Node, offset_of, texts
from medallion.sql.using import using_offset

_MOST_LISTED = 40
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


class UnknownNames:
    """Collects the problems of one text of SQL."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._problems: list[QueryProblem] = []

    def in_order(self) -> tuple[QueryProblem, ...]:
        """What was reported, by its place in the text."""
        return tuple(sorted(self._problems, key=lambda problem: (problem.line, problem.column)))

    def judge(self, node: Node, scope: Scope, output: Columns | None) -> None:
        """Report a name that certainly means nothing. `output` may be meant too, in ORDER BY."""
        names = texts(node["fields"])
        if len(names) < len(node["fields"]):  # a star
            return
        if len(names) == 1:
            if not (output and output.may_have(names[0])):
                self._check_unqualified(node, names[0], scope)
        elif len(names) == 2:
            self._check_qualified(node, names[0], names[1], scope)
        elif len(names) == 3:
            items = [item for item in find_items(names[1], scope) if item.schema == names[0]]
            self._hold(node, names[2], items)

    def hold_using(self, join: Node, name: str, items: Sequence[Item]) -> None:
        """Report a name of `JOIN … USING` that one of the two sides certainly does not have.

        Args:
            join: the node of the join.
            name: the name.
            items: what that side is made of.
        """
        offset = using_offset(self._text, join, name)
        shown = " or ".join(filter(None, (item.shown for item in items)))
        what = f"there is no column {name} in {shown}" if shown else f"there is no column {name}"
        self._add(offset, f"{what}, which USING needs on both sides", _hint(name, items))

    def _check_unqualified(self, node: Node, name: str, scope: Scope) -> None:
        items = [item for level in scope.outwards() for item in level.items]
        if not any(item.columns.may_have(name) or item.name == name for item in items):
            what = f"there is no column {name}"
            self._problem(node, what if items else f"{what}: nothing is selected from", name, items)

    def _check_qualified(self, node: Node, table: str, name: str, scope: Scope) -> None:
        items = find_items(table, scope)
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
            self.offset(node),
            f"nothing in FROM has the name {table}",
            f"{hint}known there: {', '.join(known) or 'nothing'}",
        )

    def _hold(self, node: Node, name: str, items: Sequence[Item]) -> None:
        of_row = name in FUNCTIONS_OF_ROWS
        if items and not of_row and not any(item.columns.may_have(name) for item in items):
            shown = items[0].shown
            self._problem(node, f"there is no column {name} in {shown}", name, items)

    def _problem(self, node: Node, what: str, name: str, items: Sequence[Item]) -> None:
        self._add(self.offset(node), what, _hint(name, items))

    def _add(self, offset: int, what: str, remedy: str) -> None:
        self._problems.append(
            problem_at(self._text, offset, what, remedy or "select it from a table")
        )

    def offset(self, node: Node) -> int:
        """The character of a node in the text."""
        return offset_of(self._text, node)


def _hint(name: str, items: Sequence[Item]) -> str:
    """The name that may be meant, and what is there."""
    close = closest(name, [column for item in items for column in item.columns.names])
    listed = [f"{item.shown or 'the subquery'} has {_list_names(item.columns)}" for item in items]
    return " ".join([*([f"did you mean {close}?"] if close else []), "; ".join(listed)])


def _list_names(columns: Columns) -> str:
    return list_some(columns.names, _MOST_LISTED, nothing="no column")
