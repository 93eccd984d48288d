"""Which relations the statements of a text read: any statement that a server has run.

PostgreSQL's own parser reads it, so that no comment, quote or name of a common table expression
leads astray. The text is somebody's: it is bounded before it is parsed, and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medallion.sql.libpg_query import SqlSyntaxError, parse, scan
from medallion.sql.nesting import length_problem, nesting_problem

_READING = frozenset(
    (
        *("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt"),
        *("DeclareCursorStmt", "CreateTableAsStmt", "RefreshMatViewStmt"),
    )
)
_CODE = {"DoStmt": "a block of code", "CallStmt": "a procedure"}
"""What is run here is no SQL, or not in the text."""
TOO_LONG, TOO_DEEP, NOT_SQL = "too long", "too deep", "not SQL"
UNEXPECTED = "a statement of an unexpected form"


@dataclass(frozen=True, slots=True)
class Read:
    """A relation as a statement names it; `schema` empty: it is found by the search path."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a text reads, and why it is not understood; empty: it is."""

    reads: frozenset[Read] = frozenset()
    problem: str = ""


def find_reads(text: str, *, runs_prepared: bool = False) -> Understood:
    """The relations that the statements of a text read; those of EXPLAIN only if it runs them.

    Args:
        runs_prepared: the text is a PREPARE whose statement was run.

    >>> find_reads("with x as (select * from a.b) select * from x, y -- , z").reads == {
    ...     Read("a", "b"), Read("", "y")}
    True
    """
    if length_problem(text) is not None:
        return Understood(problem=TOO_LONG)
    try:
        tokens = [token for token in scan(text) if not token.is_comment]
        if nesting_problem(text, tokens) is not None:
            return Understood(problem=TOO_DEEP)
        statements = parse(text)
    except SqlSyntaxError:
        return Understood(problem=NOT_SQL)
    except RecursionError:
        return Understood(problem=TOO_DEEP)
    try:
        return _understand(statements, runs_prepared=runs_prepared)
    except Exception:  # the next statements are read all the same
        return Understood(problem=UNEXPECTED)


def _understand(statements: Sequence[Mapping[str, Any]], *, runs_prepared: bool) -> Understood:
    reads: set[Read] = set()
    problem = ""
    for kind, node in (_find_run(one, runs_prepared=runs_prepared) for one in statements):
        if kind in _READING:
            reads.update(_walk(node))
        problem = problem or _CODE.get(kind, "")
    return Understood(reads=frozenset(reads), problem=problem)


def _find_run(wrapped: Mapping[str, Any], *, runs_prepared: bool) -> tuple[str, Mapping[str, Any]]:
    """The kind and the tree of what is run: of EXPLAIN ANALYZE the statement in it."""
    kind, node = _open(wrapped.get("stmt"))
    is_analyzed = kind == "ExplainStmt" and "analyze" in _list_options(node)
    if is_analyzed or (kind == "PrepareStmt" and runs_prepared):
        return _open(node.get("query"))
    return kind, node


def _list_options(explain: Mapping[str, Any]) -> list[str]:
    return [str(one.get("DefElem", {}).get("defname")) for one in explain.get("options", [])]


def _open(wrapped: Mapping[str, Mapping[str, Any]] | None) -> tuple[str, Mapping[str, Any]]:
    """The kind of a node, and its fields."""
    for kind, node in (wrapped or {}).items():
        return kind, node
    return "", {}


def _walk(statement: Mapping[str, Any]) -> Iterator[Read]:
    """Each relation in a tree, but for names of common table expressions where they are visible."""
    todo: list[tuple[Any, frozenset[str]]] = [(statement, frozenset())]
    while todo:
        node, scope = todo.pop()
        if isinstance(node, list):
            todo += [(one, scope) for one in node]
        if not isinstance(node, dict):
            continue
        if "relname" in node:
            read = Read(str(node.get("schemaname", "")), str(node["relname"]))
            if read.schema or read.name not in scope:
                yield read
        inner = scope
        if isinstance(clause := node.get("withClause"), dict):
            inner, parts = _enter(clause, scope)
            todo += parts
        todo += [(value, inner) for key, value in node.items() if key != "withClause"]


def _enter(
    clause: Mapping[str, Any], scope: frozenset[str]
) -> tuple[frozenset[str], list[tuple[Any, frozenset[str]]]]:
    """The names that are visible behind a WITH, and its queries with those that they see: each
    those before it; with RECURSIVE all of them."""
    expressions = [one.get("CommonTableExpr", {}) for one in clause.get("ctes", [])]
    names = [str(one.get("ctename", "")) for one in expressions]
    if clause.get("recursive"):
        scope |= frozenset(names)
    parts = []
    for name, expression in zip(names, expressions, strict=True):
        parts.append((expression, scope))
        scope |= {name}
    return scope, parts
