"""Where a SELECT reads rows of a time before the one that it is asked for: sums over the last seven
days, the value of the day before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from medallion.sql.tree_nodes import texts

Node = Mapping[str, Any]

_FROM_ON = frozenset((">=", ">"))
_UNTIL = frozenset(("<=", "<"))
_BETWEEN = frozenset(("AEXPR_BETWEEN", "AEXPR_BETWEEN_SYM"))
_LENGTH = re.compile(r"\s*(\d{1,6})\s*(second|minute|hour|day|week|month|year)s?\s*", re.IGNORECASE)
_MOST_DAYS = 1_000_000
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBack:
    """A condition that takes rows of an earlier time.

    Attributes:
        placeholder: that it compares with.
        offset: of the arithmetic, in characters.
        length: how much earlier, a month as its longest; None: only the server knows.
    """

    placeholder: str
    offset: int
    length: timedelta | None


def find_reading_back(text: str, tree: Node, placeholders: Sequence[str]) -> Iterator[ReadingBack]:
    """The conditions that compare with a time before a placeholder, in the order of the text.

    They are written in two ways: `day >= :start - 6`, and `day + 6 >= :start`.

    >>> from medallion.sql.postgres_select import select_tree
    >>> text = "select 1 from a.b where day > :start - interval '1 week' and at < :start"
    >>> found = find_reading_back(text, select_tree(text, ["start"]), ["start"])
    >>> [one.length.days for one in found]
    [7]
    """
    found = []
    for name in placeholders:
        found += [
            (int(node["location"]), name, by) for node, by in _Reader(text, tree, name).read()
        ]
    encoded, before, place = text.encode(), 0, 0
    for byte, name, by in sorted(found, key=lambda one: one[:2]):
        place += len(encoded[before:byte].decode("utf-8", "ignore"))
        before = byte
        length = _length(by)
        if length != timedelta(0):
            yield ReadingBack(placeholder=name, offset=place, length=length)


class _Reader:
    """Reads one tree for one placeholder."""

    def __init__(self, text: str, tree: Node, placeholder: str) -> None:
        encoded, name = text.encode(), f":{placeholder}".encode()
        self._tree = tree
        self._timed = _holders(
            tree,
            lambda kind, node: (
                kind == "ParamRef" and encoded.startswith(name, int(node["location"]) - 1)
            ),
        )
        self._of_columns = _holders(tree, lambda kind, _: kind == "ColumnRef")

    def read(self) -> Iterator[tuple[Node, Node]]:
        """The arithmetic that reads back, each with the length in it."""
        for kind, node in _nodes(self._tree):
            if kind == "A_Expr" and id(node) in self._timed:
                for later, earlier in _orders(node):
                    if id(earlier) in self._timed:
                        yield from self._walk_terms(later, earlier)

    def _walk_terms(self, later: Node, earlier: Node) -> Iterator[tuple[Node, Node]]:
        """Of `later >= earlier`, where `earlier` has the placeholder."""
        for node in _operations(earlier, "-"):
            if id(node["lexpr"]) in self._timed:
                yield node, node["rexpr"]
        for node in _operations(later, "+"):
            left, right = node["lexpr"], node["rexpr"]
            sides = [id(one) in self._of_columns for one in (left, right)]
            if any(sides) and id(node) not in self._timed:
                yield node, left if sides == [False, True] else right


def _orders(node: Node) -> Iterator[tuple[Node, Node]]:
    """What an operator says is not before what: `(later, earlier)`."""
    left, right = node.get("lexpr", {}), node.get("rexpr", {})
    operator = _operator(node)
    if node.get("kind") in _BETWEEN:
        low, high = right["List"]["items"]
        yield from ((left, low), (high, left))
    if operator in _FROM_ON or operator == "=":
        yield left, right
    if operator in _UNTIL or operator == "=":
        yield right, left


def _holders(tree: Node, is_meant: Callable[[str, Node], bool]) -> frozenset[int]:
    """The ids of the nodes in which there is one that is meant, themselves included."""
    found: set[int] = set()
    todo: list[tuple[Any, tuple[Any, ...] | None]] = [(tree, None)]
    while todo:
        value, above = todo.pop()
        here = (value, above)
        if isinstance(value, Mapping):
            if any(isinstance(one, Mapping) and is_meant(kind, one) for kind, one in value.items()):
                _mark(here, found)
            todo += [(one, here) for one in value.values()]
        elif isinstance(value, list | tuple):
            todo += [(one, here) for one in value]
    return frozenset(found)


def _mark(place: tuple[Any, ...] | None, found: set[int]) -> None:
    """A node and all around it; what is around a marked one is marked."""
    while place is not None and id(place[0]) not in found:
        found.add(id(place[0]))
        place = place[1]


def _nodes(value: Any) -> Iterator[tuple[str, Node]]:
    """All nodes of a tree with their kinds."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, Mapping):
            todo += one.values()
            yield from ((kind, node) for kind, node in one.items() if isinstance(node, Mapping))
        elif isinstance(one, list | tuple):
            todo += one


def _operations(value: Any, operator: str) -> Iterator[Node]:
    """The uses of an operator between two values."""
    for kind, node in _nodes(value):
        if kind == "A_Expr" and _operator(node) == operator and "lexpr" in node:
            yield node


def _operator(node: Node) -> str:
    named = texts(node.get("name", ()))
    return named[-1] if named and node.get("kind") == "AEXPR_OP" else ""


def _length(value: Node) -> timedelta | None:
    """A number is one of days, as with a date."""
    cast = value.get("TypeCast", {})
    if cast and texts(cast["typeName"].get("names", ()))[-1:] == ("interval",):
        value = cast["arg"]
    constant = value.get("A_Const", {})
    if "ival" in constant:
        days = int(constant["ival"].get("ival", 0))
        return timedelta(days=days) if days <= _MOST_DAYS else None
    said = _LENGTH.fullmatch(constant.get("sval", {}).get("sval", ""))
    return int(said[1]) * _UNITS[said[2].lower()] if said else None
