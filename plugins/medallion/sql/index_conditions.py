"""The condition of a partial index: comparisons of a table's columns with constants, and no more.

PostgreSQL evaluates it as the owner of the table, for every row that is written. So it calls no
function, and names no operator that somebody could have made: only what is listed here passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from medallion.names import TableName
from medallion.sql.expressions import read_expression
from medallion.sql.postgres_select import select_tree
from medallion.sql.problem import QueryProblem
from medallion.sql.scope import Columns
from medallion.sql.tree_nodes import texts

Node = Mapping[str, Any]

_OPERATORS = frozenset(("=", "<>", "!=", "<", "<=", ">", ">="))
_KINDS = frozenset(
    (
        *("AEXPR_OP", "AEXPR_IN", "AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN"),
        *("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"),
    )
)
_OF_CONSTANTS = frozenset(
    (
        *("bool", "int2", "int4", "int8", "numeric", "float4", "float8", "text", "varchar"),
        *("date", "time", "timestamp", "timestamptz", "uuid"),
    )
)
"""The types that a constant may be cast to."""
_MOVING = frozenset(("now", "today", "tomorrow", "yesterday"))
"""PostgreSQL reads these dates once, when it makes the index."""
_CONDITIONS = frozenset(("A_Expr", "BoolExpr", "NullTest", "BooleanTest", "ColumnRef", "A_Const"))
REMEDY = (
    "compare columns with constants: `status = 'open'`, `closed_at is null`, `day >= date "
    "'2026-01-01'`, joined by and, or, not"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCondition:
    """The result of reading a condition.

    Attributes:
        problems: why it may not be used.
        columns: the names in it, each once, in their order.
    """

    problems: tuple[QueryProblem, ...] = ()
    columns: tuple[str, ...] = ()


class _Refused(Exception):
    """What of the tree is not allowed."""


def read_index_condition(
    text: str, table: TableName, columns: Columns | None = None
) -> IndexCondition:
    """Read the condition of an index of a table; nothing is raised, no server is asked.

    >>> orders = TableName("silver_shop", "orders")
    >>> read_index_condition("status = 'open' and closed_at is null", orders).columns
    ('status', 'closed_at')
    >>> [one.problem for one in read_index_condition("lower(status) = 'open'", orders).problems]
    ['the condition of an index calls no function, and it has lower']

    Args:
        text: as its author wrote it.
        table: the table.
        columns: what is known of its columns; None: nothing.
    """
    known = Columns(names=(), whole=False) if columns is None else columns
    read = read_expression(text, table, known)
    if read.problems:
        return IndexCondition(problems=tuple(map(_of_an_index, read.problems)))
    tree = select_tree(f"SELECT\n{text}", ())
    if tree is None:  # read_expression would have said why
        return IndexCondition(problems=(QueryProblem(problem="it cannot be read", remedy=REMEDY),))
    try:
        _hold_to_condition(tree["SelectStmt"]["targetList"][0]["ResTarget"]["val"])
    except _Refused as refused:
        return IndexCondition(problems=(QueryProblem(problem=str(refused), remedy=REMEDY),))
    return IndexCondition(columns=read.columns)


def _of_an_index(problem: QueryProblem) -> QueryProblem:
    """The problem of an expression in words that fit the condition of an index."""
    said = problem.problem.replace("the tool's own query", "the statement that makes the index")
    return replace(
        problem,
        problem=said.replace("what the tool writes", "what is written"),
        remedy=REMEDY if "expression" in problem.remedy else problem.remedy,
    )


def _hold_to_condition(value: Node) -> None:
    ((kind, node),) = value.items()
    if kind not in _CONDITIONS or (kind == "A_Const" and "boolval" not in node):
        raise _Refused(_problem_of(kind, node))
    if kind == "BoolExpr":
        for one in node["args"]:
            _hold_to_condition(one)
    elif kind in ("NullTest", "BooleanTest"):
        _hold_to_value(node["arg"])
    elif kind == "A_Expr":
        _hold_to_comparison(node)
    else:
        _hold_to_value(value)


def _hold_to_comparison(node: Node) -> None:
    names = texts(node.get("name", ()))
    if node.get("kind") not in _KINDS:
        raise _Refused("the condition of an index compares with =, <>, <, <=, >, >=, in, between")
    if node["kind"] == "AEXPR_OP" and (len(names) != 1 or names[0] not in _OPERATORS):
        raise _Refused(f"the condition of an index has no operator {'.'.join(names)}")
    for side in ("lexpr", "rexpr"):
        one = node.get(side)
        if one is not None:
            _hold_to_values(one)


def _hold_to_values(value: Node) -> None:
    items = value["List"]["items"] if "List" in value else [value]
    for one in items:
        _hold_to_value(one)


def _hold_to_value(value: Node) -> None:
    """A column of the table, or a constant."""
    ((kind, node),) = value.items()
    if kind == "ColumnRef":
        if len(node["fields"]) != 1 or "String" not in node["fields"][0]:
            raise _Refused("the condition of an index names columns alone, without their table")
    elif kind == "TypeCast":
        names = texts(node["typeName"].get("names", ()))
        if "A_Const" not in node["arg"] or names[-1:] == () or names[-1] not in _OF_CONSTANTS:
            raise _Refused("the condition of an index casts constants alone: date '2026-01-01'")
        if names[:-1] not in ((), ("pg_catalog",)):
            raise _Refused(f"the condition of an index has no type {'.'.join(names)}")
        said = node["arg"]["A_Const"].get("sval", {}).get("sval", "").strip().lower()
        if said in _MOVING and names[-1].startswith(("date", "time")):
            raise _Refused(
                f"the condition of an index is the same at any time, and it has {said!r}"
            )
    elif kind != "A_Const":
        raise _Refused(_problem_of(kind, node))


def _problem_of(kind: str, node: Node) -> str:
    if kind == "FuncCall":
        name = texts(node["funcname"])[-1]
        return f"the condition of an index calls no function, and it has {name}"
    if kind == "SQLValueFunction":
        return "the condition of an index is the same at any time, and it asks for the time or user"
    return "the condition of an index compares columns with constants, and no more"
