"""The name that PostgreSQL gives a result column to which its author gives none.

It follows `FigureColname` of the server's parser; a test compares about a thousand with the server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Node = Mapping[str, Any]
Named = tuple[str | None, int]
"""A name, None where it is not known without the server, and how sure the server is of it: one that
is only 1 gives way to one from around it."""

NAMELESS = "?column?"


def output_name(target: Node) -> str | None:
    """The name of one result column; None if only the server knows it.

    Args:
        target: a ResTarget that is not a star.
    """
    if "name" in target:
        return str(target["name"])
    name, sure = _name_of(target.get("val", {}))
    return name if sure else NAMELESS


def _name_of(wrapped: Node) -> Named:
    ((kind, node),) = wrapped.items() if len(wrapped) == 1 else (("", {}),)
    if kind in _FIXED:
        return _FIXED[kind], 2
    return _KINDS[kind](node) if kind in _KINDS else (NAMELESS, 0)


def _column(node: Node) -> Named:
    return _last(node["fields"]), 2


def _indirection(node: Node) -> Named:
    field = _last(node["indirection"])
    return (field, 2) if field else _name_of(node["arg"])


def _operator(node: Node) -> Named:
    return ("nullif", 2) if node.get("kind") == "AEXPR_NULLIF" else (NAMELESS, 0)


def _cast(node: Node) -> Named:
    name, sure = _name_of(node["arg"])
    return (name, sure) if sure > 1 else (_last(node["typeName"].get("names", ())), 1)


def _case(node: Node) -> Named:
    name, sure = _name_of(node.get("defresult", {}))
    return (name, sure) if sure > 1 else ("case", 1)


def _sublink(node: Node) -> Named:
    kind = node.get("subLinkType", "")
    if kind in ("EXISTS_SUBLINK", "ARRAY_SUBLINK"):
        return kind.removesuffix("_SUBLINK").lower(), 2
    if kind != "EXPR_SUBLINK":
        return NAMELESS, 0
    select = node["subselect"].get("SelectStmt", {})
    while "larg" in select:
        select = select["larg"]
    if "valuesLists" in select:
        return "column1", 2
    target = select.get("targetList", [{}])[0].get("ResTarget", {})
    return (None if is_star(target) else output_name(target)), 2


def is_star(target: Node) -> bool:
    """Whether a ResTarget is several columns: *, t.*, (row).*"""
    value = target.get("val", {})
    if "ColumnRef" in value:
        return "A_Star" in value["ColumnRef"]["fields"][-1]
    return "A_Indirection" in value and "A_Star" in value["A_Indirection"]["indirection"][-1]


def _moment(node: Node) -> Named:
    return str(node.get("op", "")).removeprefix("SVFOP_").removesuffix("_N").lower(), 2


def _last(names: Any) -> str | None:
    """The last name of a path; a subscript is none."""
    found = [name["String"].get("sval", "") for name in names if "String" in name]
    return found[-1] if found else None


def _unsure(node: Node) -> Named:
    return None, 2


_FIXED = {
    "GroupingFunc": "grouping",
    "A_ArrayExpr": "array",
    "RowExpr": "row",
    "CoalesceExpr": "coalesce",
    "XmlSerialize": "xmlserialize",
    "JsonParseExpr": "json",
    "JsonScalarExpr": "json_scalar",
    "JsonSerializeExpr": "json_serialize",
    "JsonObjectConstructor": "json_object",
    "JsonArrayConstructor": "json_array",
    "JsonArrayQueryConstructor": "json_array",
    "JsonObjectAgg": "json_objectagg",
    "JsonArrayAgg": "json_arrayagg",
}

_KINDS: Mapping[str, Callable[[Node], Named]] = {
    "ColumnRef": _column,
    "A_Indirection": _indirection,
    "FuncCall": lambda node: (_last(node["funcname"]), 2),
    "A_Expr": _operator,
    "TypeCast": _cast,
    "CollateClause": lambda node: _name_of(node["arg"]),
    "CaseExpr": _case,
    "MinMaxExpr": lambda node: (
        "least" if node.get("op") == "IS_LEAST" else "greatest",
        2,
    ),
    "SubLink": _sublink,
    "SQLValueFunction": _moment,
    "XmlExpr": lambda node: (str(node.get("op", "")).removeprefix("IS_").lower(), 2),
    "JsonFuncExpr": lambda node: (
        str(node.get("op", "")).removesuffix("_OP").lower(),
        2,
    ),
    "ParamRef": _unsure,
}
