"""The SQL of a gold table, read: which tables it selects from, and why it must be refused.

Only one SELECT is let through. What it may not do is said with line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from medallion.names import TableName
from medallion.spec.queries import QueryProblem, QueryReading

if TYPE_CHECKING:
    from sqlglot import exp

DIALECT = "postgres"
PLACEHOLDERS = ("data_interval_start", "data_interval_end", "run_id")
"""What `:name` may stand for in a gold table's SQL."""

_PUBLIC_SCHEMA = re.compile(r"^(silver|gold)_[a-z][a-z0-9_]*$")
_JINJA = re.compile(r"\{\{|\{%|\{#")
_FORBIDDEN_FUNCTIONS = re.compile(
    r"^(pg_(?!typeof$).*|lo_.*|dblink.*|set_config|current_setting|nextval|setval|txid_.*"
    r"|query_to_xml.*|table_to_xml.*|cursor_to_xml.*|schema_to_xml.*|database_to_xml.*|xml.*export"
    r"|inet_(client|server)_.*)$",
    re.IGNORECASE,
)
"""Functions that reach files, settings, other sessions or other servers, or change something."""


def read_query(sql: str) -> QueryReading:
    """Read one gold table's SQL. Pure: no server is asked.

    >>> read_query("select 1 from silver_cinema.movies").upstream
    (TableName(schema='silver_cinema', table='movies'),)
    """
    jinja = _JINJA.search(sql)
    if jinja:
        problem = _at_offset(
            sql,
            jinja.start(),
            f"SQL is not a template: {jinja.group()} is Jinja",
            "write :data_interval_start, :data_interval_end or :run_id for what the run knows",
        )
        return QueryReading(upstream=(), problems=(problem,))
    parsed = _parse(sql)
    if isinstance(parsed, QueryProblem):
        return QueryReading(upstream=(), problems=(parsed,))
    problems = list(_problems(sql, parsed))
    tables = _tables(parsed)
    for node, name in tables:
        if not _PUBLIC_SCHEMA.match(name.schema):
            problems.append(_foreign_table(sql, node, name))
    upstream = {name for _, name in tables if _PUBLIC_SCHEMA.match(name.schema)}
    return QueryReading(upstream=tuple(sorted(upstream)), problems=tuple(problems))


def parse_select(sql: str) -> exp.Query:
    """The syntax tree of a query that `read_query` finds no fault with.

    Raises:
        ValueError: it is not one SELECT; the text says why.
    """
    parsed = _parse(sql)
    if isinstance(parsed, QueryProblem):
        raise ValueError(f"line {parsed.line}, column {parsed.column}: {parsed.problem}")
    return parsed


def _parse(sql: str) -> exp.Query | QueryProblem:
    import sqlglot
    from sqlglot import errors, exp

    try:
        parsed = sqlglot.parse(sql, dialect=DIALECT)
    except errors.SqlglotError as error:
        return _syntax_problem(error)
    # A semicolon with a comment behind it is parsed as a statement of its own.
    statements = [s for s in parsed if s is not None and not isinstance(s, exp.Semicolon)]
    if len(statements) == 1 and isinstance(statements[0], exp.Query):
        return statements[0]
    what = f"{len(statements)} statements" if len(statements) != 1 else "another statement"
    return QueryProblem(
        line=1,
        column=1,
        problem=f"a gold table is one SELECT; this is {what}",
        remedy="leave one SELECT (a WITH before it is welcome); Medallion creates the table",
    )


def _syntax_problem(error: Exception) -> QueryProblem:
    details = getattr(error, "errors", None) or [{}]
    first = details[0]
    text = first.get("description") or str(error).split("\n")[0]
    return QueryProblem(
        line=int(first.get("line") or 1),
        column=int(first.get("col") or 1),
        problem=f"PostgreSQL would not read this: {text}",
        remedy="mend the SQL; it is PostgreSQL's dialect",
    )


def _problems(sql: str, tree: exp.Query) -> Iterator[QueryProblem]:
    from sqlglot import exp

    for node in tree.walk():
        if isinstance(node, exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.Command):
            yield _at(sql, node, "a query that changes data is refused", "leave only the SELECT")
        elif isinstance(node, exp.Into):
            yield _at(sql, node, "SELECT INTO is refused", "leave INTO out")
        elif isinstance(node, exp.Lock):
            yield _at(sql, node, "FOR UPDATE and FOR SHARE are refused", "leave the lock out")
        elif isinstance(node, exp.Placeholder | exp.Parameter):
            yield from _placeholder(sql, node)
        elif _is_function(node):
            yield from _function(sql, node)


def _is_function(node: object) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Func)


def _placeholder(sql: str, node: exp.Expr) -> Iterator[QueryProblem]:
    if node.name not in PLACEHOLDERS:
        known = ", ".join(f":{name}" for name in PLACEHOLDERS)
        yield _at(sql, node, f":{node.name or '?'} is not known here", f"known: {known}")


def _function(sql: str, node: exp.Expr) -> Iterator[QueryProblem]:
    name = node.name if node.key == "anonymous" else node.key
    if _FORBIDDEN_FUNCTIONS.match(name):
        yield _at(
            sql,
            node,
            f"the function {name.lower()} is refused: it reaches beyond the data",
            "a gold table may only read published tables",
        )


def _tables(tree: exp.Query) -> list[tuple[exp.Table, TableName]]:
    """Every table that is read, without the names of common table expressions."""
    from sqlglot import exp

    named = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return [
        (table, TableName(table.db, table.name))
        for table in tree.find_all(exp.Table)
        if table.name and not (not table.db and table.name in named)
    ]


def _foreign_table(sql: str, node: exp.Table, name: TableName) -> QueryProblem:
    shown = str(name) if name.schema else name.table
    remedy = "read published tables, with their schema: silver_<domain>.… or gold_<domain>.…"
    return _at(sql, node, f"{shown} is not a published table", remedy)


def _at(sql: str, node: exp.Expr, problem: str, remedy: str) -> QueryProblem:
    """The place of a node, or of the first of its parts that has one."""
    for part in node.walk():
        line, column = part.meta.get("line"), part.meta.get("col")
        if line:
            length = part.meta.get("end", 0) - part.meta.get("start", 0)
            return QueryProblem(
                line=line, column=max(1, column - length), problem=problem, remedy=remedy
            )
    return QueryProblem(line=1, column=1, problem=problem, remedy=remedy)


def _at_offset(sql: str, offset: int, problem: str, remedy: str) -> QueryProblem:
    before = sql[:offset]
    line = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1) + 1
    return QueryProblem(line=line, column=column, problem=problem, remedy=remedy)
