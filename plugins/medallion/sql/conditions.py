"""Whether an expression can be a condition: said only where its tree leaves no doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Node = Mapping[str, Any]

_ARITHMETIC = frozenset(("+", "-", "*", "/", "%", "^", "||", "->", "->>", "#>", "#>>"))
"""Operators that give a number, a text, a moment or a piece of JSON, whatever the other side is."""
_NEVER = frozenset(
    (
        *("SQLValueFunction", "A_ArrayExpr", "RowExpr", "XmlSerialize", "JsonObjectConstructor"),
        *("JsonArrayConstructor", "JsonObjectAgg", "JsonArrayAgg", "GroupingFunc"),
    )
)
_NUMBERS_AND_TEXTS = frozenset(("count", "sum", "avg", "lower", "upper", "round", "length", "now"))
"""Functions that people write most, and that never give true or false."""


def is_certainly_no_condition(value: Node) -> bool:
    """Whether an expression gives something else than true or false.

    Args:
        value: its tree, `{kind: …}`.
    """
    ((kind, node),) = value.items() if len(value) == 1 else (("", {}),)
    return kind in _NEVER or (kind in _KINDS and _KINDS[kind](node))


def _constant(node: Node) -> bool:
    return "boolval" not in node and "isnull" not in node


def _operator(node: Node) -> bool:
    names = [one["String"].get("sval", "") for one in node.get("name", ()) if "String" in one]
    return node.get("kind") == "AEXPR_OP" and names[-1:] != [] and names[-1] in _ARITHMETIC


def _cast(node: Node) -> bool:
    names = [one["String"].get("sval", "") for one in node["typeName"].get("names", ())]
    return names[-1:] not in (["bool"], [])


def _call(node: Node) -> bool:
    return bool(node["funcname"][-1]["String"].get("sval", "") in _NUMBERS_AND_TEXTS)


_KINDS: Mapping[str, Callable[[Node], bool]] = {
    "A_Const": _constant,
    "A_Expr": _operator,
    "TypeCast": _cast,
    "FuncCall": _call,
}
