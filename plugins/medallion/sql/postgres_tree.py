"""Walks a SELECT's parse tree: a kind of node that is not known is refused.

PostgreSQL's raw tree has names as the server will look them up: quotes resolved, special syntax
(EXTRACT, AT TIME ZONE) as the function it calls. CTE names are resolved by scope, as in the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from medallion.sql.libpg_query import Token
from medallion.sql.names import CATALOGUE, function_problem, type_problem
from medallion.sql.problem import QueryProblem, problem_at
from medallion.sql.tree_nodes import Node, offset_of, texts

Scope = frozenset[str]
"""The names of the common table expressions that are visible."""

_PLAIN = frozenset(
    (
        *("ResTarget", "BoolExpr", "NullTest", "BooleanTest", "CaseExpr", "CaseWhen"),
        *("CoalesceExpr", "MinMaxExpr", "SubLink", "A_ArrayExpr", "A_Indices", "RowExpr"),
        *("ParamRef", "SortBy", "WindowDef", "JoinExpr", "RangeSubselect", "RangeFunction"),
        *("RangeTableFunc", "RangeTableFuncCol", "GroupingFunc", "GroupingSet", "XmlExpr"),
        *("XmlSerialize", "NamedArgExpr", "List", "Alias", "WithClause", "ColumnDef"),
        *("CTESearchClause", "CTECycleClause", "JsonFuncExpr", "JsonOutput", "JsonReturning"),
        *("JsonValueExpr", "JsonFormat", "JsonKeyValue", "JsonObjectConstructor"),
        *("JsonArrayConstructor", "JsonArrayQueryConstructor", "JsonAggConstructor"),
        *("JsonObjectAgg", "JsonArrayAgg", "JsonIsPredicate", "JsonBehavior", "JsonTable"),
        *("JsonTableColumn", "JsonTablePathSpec", "JsonParseExpr", "JsonScalarExpr"),
        *("JsonSerializeExpr", "JsonArgument", "TypeCast", "SetToDefault"),
    )
)
"""Kinds of nodes of which only the parts matter."""

_LEAVES = frozenset(("A_Const", "A_Star", "String", "Integer", "Float", "Boolean", "BitString"))

_TYPED_FIELDS = {
    "typeName": "TypeName",
    "alias": "Alias",
    "withClause": "WithClause",
    "larg": "SelectStmt",
    "rarg": "SelectStmt",
    "over": "WindowDef",
    "intoClause": "IntoClause",
    "search_clause": "CTESearchClause",
    "cycle_clause": "CTECycleClause",
    "join_using_alias": "Alias",
    "output": "JsonOutput",
    "returning": "JsonReturning",
    "format": "JsonFormat",
    "constructor": "JsonAggConstructor",
    "context_item": "JsonValueExpr",
    "on_empty": "JsonBehavior",
    "on_error": "JsonBehavior",
    "pathspec": "JsonTablePathSpec",
    "arg": "JsonKeyValue",
    "value": "JsonValueExpr",
    "collClause": "CollateClause",
    "val": "JsonValueExpr",
    "expr": "JsonValueExpr",
}
"""Fields that hold a node of one kind, which the tree does not name again."""

_WRITING = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
_MOMENTS = ("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP")
_SAMPLES = ("bernoulli", "system")
MOST_PROBLEMS = 20
"""What a reader would go through; the rest of a text is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table as it is named, with the name's offset."""

    schema: str
    name: str
    offset: int
    has_alias: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a tree names, in the text's order."""

    relations: tuple[Relation, ...]
    problems: tuple[QueryProblem, ...]


def walk(text: str, tokens: Sequence[Token], statement: Node) -> Walked:
    """Visit every part of a SELECT; at most 20 problems are collected.

    Args:
        text: the text that was parsed, for places.
        tokens: its tokens.
        statement: its tree, a SelectStmt.
    """
    return _Walk(text, tokens).run(statement)


class _Walk:
    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._relations: list[Relation] = []
        self._problems: list[QueryProblem] = []
        self._todo: list[tuple[str, Node, Scope]] = []

    def run(self, statement: Node) -> Walked:
        self._todo = [(kind, node, frozenset()) for kind, node in statement.items()]
        while self._todo and len(self._problems) < MOST_PROBLEMS:
            kind, node, scope = self._todo.pop()
            self._visit(kind, node, scope)
        return Walked(
            relations=tuple(sorted(self._relations, key=lambda relation: relation.offset)),
            problems=tuple(sorted(self._problems, key=lambda p: (p.line, p.column))),
        )

    def _visit(self, kind: str, node: Node, scope: Scope) -> None:
        if kind in _KINDS:
            _KINDS[kind](self, node, scope)
        elif kind in _PLAIN:
            self._later(node, scope)
        elif kind not in _LEAVES:
            self._problem(
                node, f"{kind or 'this'} is not part of a SELECT that may run here", "leave it out"
            )

    def _later(self, node: Node, scope: Scope, *, without: Sequence[str] = ()) -> None:
        """Visit the parts of a node."""
        for name, value in node.items():
            if name not in without:
                self._todo += [(*part, scope) for part in _parts(name, value)]

    def _select(self, node: Node, scope: Scope) -> None:
        if "intoClause" in node:
            self._problem_at_word("into", "SELECT INTO is refused", "leave INTO out")
        if "lockingClause" in node:
            what = "FOR UPDATE and FOR SHARE are refused"
            self._problem_at_word("for", what, "leave the lock out")
        inner = self._with(node["withClause"], scope) if "withClause" in node else scope
        self._later(node, inner, without=("withClause", "intoClause", "lockingClause"))

    def _with(self, clause: Node, scope: Scope) -> Scope:
        """Each expression sees those before it; with RECURSIVE, all of them."""
        expressions = [wrapped["CommonTableExpr"] for wrapped in clause["ctes"]]
        if clause.get("recursive"):
            scope = scope | {expression["ctename"] for expression in expressions}
        for expression in expressions:
            if set(_WRITING).isdisjoint(expression["ctequery"]):
                self._later(expression, scope)
            else:
                what = "a query that changes data is refused"
                self._problem(expression, what, "leave only the SELECT")
            scope = scope | {expression["ctename"]}
        return scope

    def _relation(self, node: Node, scope: Scope) -> None:
        schema, name = node.get("schemaname", ""), node.get("relname", "")
        if "catalogname" in node:
            schema = f"{node['catalogname']}.{schema}"
        if schema or name not in scope:
            found = Relation(
                schema=schema,
                name=name,
                offset=offset_of(self._text, node),
                has_alias="alias" in node,
            )
            self._relations.append(found)
        self._later(node, scope)

    def _function(self, node: Node, scope: Scope) -> None:
        found = function_problem(texts(node["funcname"]))
        if found:
            self._problem(node, *found)
        self._later(node, scope, without=("funcname",))

    def _type(self, node: Node, scope: Scope) -> None:
        found = type_problem(texts(node.get("names", ())))
        if found:
            self._problem(node, *found)
        elif node.get("pct_type") or node.get("setof"):
            self._problem(node, "%TYPE and SETOF are refused", "name the type")
        self._later(node, scope, without=("names",))

    def _value_function(self, node: Node, scope: Scope) -> None:
        name = str(node.get("op", "")).removeprefix("SVFOP_").removesuffix("_N")
        if name not in _MOMENTS:
            found = function_problem((name.lower(),))
            self._problem(node, *(found or (f"{name.lower()} is refused", "")))

    def _operator(self, node: Node, scope: Scope) -> None:
        path = texts(node.get("name", ()))
        if len(path) > 1 and path[0] != CATALOGUE:
            self._problem(node, f"the operator {'.'.join(path)} is refused", "use a built-in one")
        self._later(node, scope, without=("name",))

    def _collation(self, node: Node, scope: Scope) -> None:
        path = texts(node.get("collname", ()))
        if len(path) > 1 and path[0] != CATALOGUE:
            self._problem(node, f"the collation {'.'.join(path)} is refused", "use a built-in one")
        self._later(node, scope, without=("collname",))

    def _sample(self, node: Node, scope: Scope) -> None:
        path = texts(node.get("method", ()))
        if path[-1:] and path[-1] not in _SAMPLES:
            self._problem(node, f"TABLESAMPLE {'.'.join(path)} is refused", "BERNOULLI or SYSTEM")
        elif "repeatable" not in node:
            self._problem(
                node,
                "this sample is another one each time: the same run would not give the same table",
                "fix it with a number: TABLESAMPLE BERNOULLI (10) REPEATABLE (1)",
            )
        self._later(node, scope, without=("method",))

    def _column(self, node: Node, scope: Scope) -> None:
        self._attribute(node, texts(node["fields"])[1:])

    def _field(self, node: Node, scope: Scope) -> None:
        self._attribute(node, texts(node["indirection"]))
        self._later(node, scope)

    def _attribute(self, node: Node, names: Sequence[str]) -> None:
        """`row.f` calls f(row) where the row has no such column."""
        for name in names:
            if name.startswith("pg_") and function_problem((name,)):
                what = f"{name} behind a dot is refused: it would call the function"
                self._problem(node, what, "give the column another name")

    def _problem(self, node: Node, problem: str, remedy: str) -> None:
        self._problems.append(problem_at(self._text, offset_of(self._text, node), problem, remedy))

    def _problem_at_word(self, word: str, problem: str, remedy: str) -> None:
        following = ("update", "share", "no", "key") if word == "for" else ()
        place = 0
        for token, then in zip(self._tokens, self._tokens[1:], strict=False):
            if token.word == word and (not following or then.word in following):
                place = token.start
                break
        self._problems.append(problem_at(self._text, place, problem, remedy))


_KINDS: dict[str, Callable[[_Walk, Node, Scope], None]] = {
    "SelectStmt": _Walk._select,
    "RangeVar": _Walk._relation,
    "FuncCall": _Walk._function,
    "TypeName": _Walk._type,
    "SQLValueFunction": _Walk._value_function,
    "A_Expr": _Walk._operator,
    "CollateClause": _Walk._collation,
    "RangeTableSample": _Walk._sample,
    "ColumnRef": _Walk._column,
    "A_Indirection": _Walk._field,
}
"""Of the class: a walk that had its own methods in it would keep its tree until Python's garbage
collector came by."""


def _parts(name: str, value: Any) -> Iterator[tuple[str, Node]]:
    """The nodes in a field, each with its kind."""
    for part in value if isinstance(value, list) else (value,):
        if not isinstance(part, dict) or not part:
            continue
        ((key, inner), *others) = part.items()
        if not others and key[0].isupper() and isinstance(inner, dict):
            yield key, inner
        else:
            yield _TYPED_FIELDS.get(name, name), part
