"""The places of a SELECT where an error may come from that the server met while it ran it.

PostgreSQL says where a name or a type is wrong, and not where a value is: a division by zero comes
without a line. Its code says what kind of part it was, and the tree where such parts are. Published
tables are plain, and SQL cannot call a function of one's own: so it is one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from medallion.sql.libpg_query import character_of

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Kinds of parts of a query: operators, functions, and the parser's kinds of nodes."""

    operators: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()


_DIVISIONS = _Parts(operators=frozenset("/%"), functions=frozenset({"mod", "div"}))
_LOGARITHMS = _Parts(functions=frozenset({"ln", "log", "log10"}))
_POWERS = _Parts(operators=frozenset({"^", "|/"}), functions=frozenset({"power", "pow", "sqrt"}))
_CASTS = _Parts(nodes=frozenset({"TypeCast"}), functions=frozenset({"to_number"}))
_TIMES = _Parts(
    operators=frozenset("+-"),
    nodes=frozenset({"TypeCast"}),
    functions=frozenset(
        {"to_date", "to_timestamp", "make_date", "make_time", "make_timestamp", "make_timestamptz"}
        | {"timezone", "date_trunc", "date_part", "age", "make_interval"}
    ),
)
_NUMBERS = _Parts(
    operators=frozenset({"+", "-", "*", "/", "^", "@", "<<"}),
    nodes=frozenset({"TypeCast"}),
    functions=frozenset(
        {"sum", "abs", "exp", "power", "pow", "round", "factorial", "lcm", "gcd", "to_number"}
    ),
)
_BY_CODE = {
    "22012": _DIVISIONS,
    "2201E": _LOGARITHMS,
    "2201F": _POWERS,
    "22003": _NUMBERS,
    "22P02": _CASTS,
    "22007": _TIMES,
    "22008": _TIMES,
    "22009": _TIMES,
    "2201G": _Parts(functions=frozenset({"width_bucket"})),
    "22011": _Parts(functions=frozenset({"substring", "substr", "left", "overlay"})),
    "2201B": _Parts(
        operators=frozenset({"~", "~*", "!~", "!~*"}),
        functions=frozenset(
            {"regexp_replace", "regexp_match", "regexp_matches", "regexp_count", "regexp_like"}
            | {"regexp_substr", "regexp_instr", "regexp_split_to_array", "regexp_split_to_table"}
        ),
    ),
    "21000": _Parts(nodes=frozenset({"SubLink"})),
}
"""By SQLSTATE of an error that a value brings about."""


def suspects(text: str, statement: Node, code: str) -> tuple[int, ...]:
    """The offsets, in characters and in order, of the parts that may raise an error.

    Args:
        text: the text that was parsed.
        statement: its tree, of `postgres_select.select_tree`.
        code: the SQLSTATE of the error; of one that is not known here nothing is found.
    """
    parts = _BY_CODE.get(code)
    if parts is None:
        return ()
    return tuple(sorted({character_of(text, place) for place in _places(statement, parts)}))


def _places(tree: Any, parts: _Parts) -> Iterator[int]:
    todo = [tree]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, Mapping):
            for kind, node in value.items():
                if isinstance(node, Mapping) and "location" in node and _is_one(kind, node, parts):
                    yield int(node["location"])
                todo.append(node)


def _is_one(kind: str, node: Node, parts: _Parts) -> bool:
    if kind == "A_Expr":
        return _last(node.get("name")) in parts.operators
    if kind == "FuncCall":
        return _last(node.get("funcname")) in parts.functions
    return kind in parts.nodes


def _last(names: Any) -> str:
    return str(names[-1].get("String", {}).get("sval", "")) if names else ""
