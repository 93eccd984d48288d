"""One SQL expression over a table's columns, as a BI tool puts it into queries of its own.

It is read with PostgreSQL's parser and only looked at: the tool gets the author's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from medallion.names import TableName
from medallion.sql.columns import select_columns
from medallion.sql.conditions import is_certainly_no_condition
from medallion.sql.libpg_query import SqlSyntaxError, scan
from medallion.sql.names import aggregates
from medallion.sql.output_names import is_star
from medallion.sql.postgres_select import read_select, select_tree
from medallion.sql.problem import QueryProblem, problem_at
from medallion.sql.scope import Columns

_HEAD = "SELECT\n"
"""What the text is read behind: on a line of its own, so that places differ by a line."""
_EMPTY_SELECT = frozenset(("targetList", "limitOption", "op"))
"""What PostgreSQL's tree of a SELECT has that is nothing but its expressions."""
_JSON_AGGREGATES = frozenset(("JsonObjectAgg", "JsonArrayAgg"))

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionText:
    """The result of reading one expression.

    Attributes:
        problems: why it may not be used; the other attributes say nothing then.
        columns: the names in it, each once, in their order; the table's own is its whole row.
        has_aggregate: whether it makes one value of several rows.
        has_window: whether it looks at rows around each row (`OVER`).
        is_no_condition: whether it certainly gives something else than true or false.
    """

    problems: tuple[QueryProblem, ...] = ()
    columns: tuple[str, ...] = ()
    has_aggregate: bool = False
    has_window: bool = False
    is_no_condition: bool = False


def read_expression(text: str, table: TableName, columns: Columns) -> ExpressionText:
    """Read an expression over the columns of one table; nothing is raised, no server is asked.

    >>> read = read_expression("sum(gross) / count(*)", TableName("gold_a", "b"), Columns(
    ...     names=("gross",)))
    >>> read.columns, read.has_aggregate
    (('gross',), True)

    Args:
        text: as its author wrote it.
        table: the table.
        columns: what is known of its columns.
    """
    problems = tuple(_beside_the_expression(text))
    if problems:
        return ExpressionText(problems=problems)
    behind = _HEAD + text
    remedy = "write one expression over the table's columns, such as sum(amount)"
    found = read_select(behind, (), what="it", remedy=remedy)
    tree = None if found.problems else select_tree(behind, ())
    if tree is None:
        return ExpressionText(problems=_line_up(found.problems))
    problem = _more_than_one(tree["SelectStmt"])
    if problem is not None:
        return ExpressionText(problems=(problem,))
    return _judge(behind, tree["SelectStmt"], table, columns)


def _beside_the_expression(text: str) -> Iterator[QueryProblem]:
    """What PostgreSQL would skip, and what would end the tool's own query."""
    try:
        tokens = scan(text)
    except SqlSyntaxError:
        return  # the parser says it better
    if not any(not token.is_comment for token in tokens):
        yield QueryProblem(problem="there is no expression", remedy="write one: sum(amount)")
        return
    for token in tokens:
        if token.is_comment:
            what = "a comment would hide what the tool writes behind it"
            yield problem_at(text, token.start, what, "leave it out: there is `description`")
            return
        if token.text == ";":
            what = "a semicolon would end the tool's own query"
            yield problem_at(text, token.start, what, "leave it out")
            return


def _more_than_one(statement: Node) -> QueryProblem | None:
    """The problem of a text that is more than an expression, or none."""
    targets = [one["ResTarget"] for one in statement.get("targetList", ())]
    if not _EMPTY_SELECT.issuperset(statement):
        return QueryProblem(
            problem="it is more than an expression",
            remedy="leave the expression only, without SELECT, FROM, WHERE and the like",
        )
    if len(targets) != 1:
        return QueryProblem(
            problem=f"these are {len(targets)} expressions", remedy="write each under its own name"
        )
    if "name" in targets[0]:
        name = targets[0]["name"]
        return QueryProblem(
            problem=f"it ends with a name, {name}", remedy="leave it out: the key above names it"
        )
    if is_star(targets[0]):
        return QueryProblem(problem="a star is not an expression", remedy="name a column")
    return None


def _judge(text: str, statement: Node, table: TableName, columns: Columns) -> ExpressionText:
    seen = _Seen()
    value = statement["targetList"][0]["ResTarget"]["val"]
    seen.look(value)
    if seen.has_query:
        problem = QueryProblem(
            problem="it has a subquery",
            remedy="select what it needs in the table's own SQL: that is checked and has lineage",
        )
        return ExpressionText(problems=(problem,))
    source = {"RangeVar": {"schemaname": table.schema, "relname": table.table}}
    whole = {"SelectStmt": {**statement, "fromClause": [source]}}
    resolved = select_columns(text, whole, lambda schema, name: columns)
    return ExpressionText(
        problems=_line_up(resolved.problems),
        columns=tuple(seen.names),
        has_aggregate=seen.has_aggregate,
        has_window=seen.has_window,
        is_no_condition=is_certainly_no_condition(value),
    )


class _Seen:
    """What an expression's tree contains."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.has_aggregate = self.has_window = self.has_query = False

    def look(self, value: Any) -> None:
        todo = [value]
        while todo:
            one = todo.pop()
            if isinstance(one, list):
                todo += reversed(one)
            elif isinstance(one, Mapping):
                for kind, node in one.items():
                    self._note(kind, node)
                todo += reversed(list(one.values()))

    def _note(self, kind: str, node: Any) -> None:
        if kind == "ColumnRef":
            last = node["fields"][-1]
            self.names[last["String"]["sval"] if "String" in last else "*"] = None
        elif kind == "FuncCall":
            name = node["funcname"][-1]["String"]["sval"]
            self.has_window |= "over" in node
            self.has_aggregate |= "over" not in node and name in aggregates()
        elif kind in _JSON_AGGREGATES:
            self.has_aggregate = True
        elif kind == "SubLink":
            self.has_query = True


def _line_up(problems: tuple[QueryProblem, ...]) -> tuple[QueryProblem, ...]:
    """The places in the author's text."""
    return tuple(replace(one, line=max(one.line - 1, 0)) for one in problems)
