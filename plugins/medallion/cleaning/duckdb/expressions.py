"""Expressions over a row's columns: `expression:` of a column, `filter:` of a dataset.

The dialect is DuckDB's, whose syntax is PostgreSQL's. One scalar expression is let through, over
known columns, with functions that give the same value whenever they are asked: no subquery, no
aggregate, no window, no table function, nothing that reads a file, a setting or the clock.

Unlike PostgreSQL's SQL, an expression is sent as its tree prints it, not as it was written. It is
checked by sqlglot and run by DuckDB: two readers that differ in where some texts and comments end.
What was printed from the checked tree holds nothing that was not checked. That printing changes no
value is what the corpus of tests/ proves, function by function.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from math import isfinite

import sqlglot
from sqlglot import errors, exp

from medallion.cleaning.duckdb.naming import column_of, value_of
from medallion.closest import closest

DIALECT = "duckdb"
LONGEST = 2000
"""Characters: what is longer belongs into gold's SQL or into a custom step."""

FUNCTIONS = (
    *("coalesce", "nullif", "greatest", "least", "concat", "concat_ws"),
    *("lower", "upper", "trim", "ltrim", "rtrim", "left", "right", "substring", "substr"),
    *("length", "len", "strpos", "replace", "translate", "split_part", "starts_with"),
    *("ends_with", "contains", "reverse", "strip_accents", "regexp_replace", "regexp_extract"),
    *("regexp_matches", "regexp_full_match"),
    *("abs", "sign", "round", "floor", "ceil", "ceiling", "trunc", "mod", "power", "sqrt"),
    *("ln", "log10", "exp"),
    *("year", "quarter", "month", "week", "day", "hour", "minute", "second", "dayofweek"),
    *("isodow", "dayofyear", "extract", "date_part", "date_trunc", "date_diff", "last_day"),
    *("make_date", "epoch", "strftime"),
    *("list_contains", "array_to_string", "list_sum", "list_min", "list_max"),
)
"""The functions that an expression may call; operators, CASE, CAST, BETWEEN, IN and LIKE go too."""

_CLOCK = ("now", "today", "current_date", "currentdate", "current_timestamp", "currenttimestamp")
_OPERATORS: tuple[type[exp.Expr], ...] = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Var),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe),
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is),
    *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between, exp.Like, exp.ILike, exp.Escape),
    *(exp.Case, exp.If, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval),
    *(exp.AtTimeZone, exp.RawString),
)
_CASTS = frozenset(
    getattr(exp.DataType.Type, name)
    for name in (
        *("TEXT", "VARCHAR", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL"),
        *("BOOLEAN", "DATE", "TIME", "TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMPTZ", "INTERVAL"),
    )
)


class ExpressionRefused(ValueError):
    """The text is not an expression that is allowed; `remedy` says what to write instead."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def read_expression(text: str, columns: Collection[str]) -> exp.Expr:
    """The tree of an expression over these columns.

    Raises:
        ExpressionRefused: it cannot be read, or uses something that is not allowed.
    """
    if len(text) > LONGEST:
        raise ExpressionRefused(
            f"it has {len(text):,} characters, and {LONGEST:,} are the most",
            "compute it in a gold table's SQL, or in a custom step",
        )
    tree = _parse(text)
    for node in tree.walk():
        node.comments = None
        for problem in _problems(node, columns, text):
            raise problem
    return tree


def references(tree: exp.Expr) -> frozenset[str]:
    """The columns that an expression reads directly."""
    return frozenset(column.name for column in tree.find_all(exp.Column))


def over_values(tree: exp.Expr) -> exp.Expr:
    """The expression with each column replaced by its typed value in the cleaning query."""
    return tree.transform(
        lambda node: column_of(value_of(node.name)) if isinstance(node, exp.Column) else node
    )


def type_question(tree: exp.Expr, columns: Mapping[str, str]) -> str:
    """A SELECT of one column, which has the expression's type. Preparing it gives the type; it has
    no rows.

    Args:
        tree: the expression.
        columns: each column with DuckDB's name of its type.
    """
    row = exp.select(
        *(
            exp.alias_(exp.cast(exp.null(), kind, dialect=DIALECT), name, quoted=True)
            for name, kind in columns.items()
        )
    )
    quoted = tree.transform(
        lambda node: column_of(node.name) if isinstance(node, exp.Column) else node
    )
    question = exp.select(exp.alias_(quoted, "value")).from_(row.subquery("row")).limit(0)
    return question.sql(dialect=DIALECT)


def _parse(text: str) -> exp.Expr:
    try:
        parsed = [tree for tree in sqlglot.parse(text, dialect=DIALECT) if tree is not None]
    except errors.SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        said = details[0].get("description") or str(error).split("\n")[0]
        if said.startswith("Required keyword"):
            said = "a part of it is missing"
        raise ExpressionRefused(f"it cannot be read: {said}", "write one SQL expression") from None
    except RecursionError:
        raise ExpressionRefused("it is nested too deep", "write it simpler") from None
    if len(parsed) != 1:
        what = "it is empty" if not parsed else f"it is {len(parsed)} statements"
        raise ExpressionRefused(what, "write one SQL expression")
    return parsed[0]


def _problems(node: exp.Expr, columns: Collection[str], text: str) -> Iterator[ExpressionRefused]:
    if isinstance(node, exp.Column):
        if node.table or node.name not in columns:
            yield _unknown_column(node, columns)
    elif isinstance(node, exp.Literal) and not node.is_string and not isfinite(_float(node.name)):
        yield ExpressionRefused(f"the number {node.name} is too large", "a double ends at 1.8e308")
    elif type(node) is exp.Cast and node.to.this not in _CASTS:
        yield ExpressionRefused(f"a cast to {node.to.sql(dialect=DIALECT)} is not allowed")
    elif isinstance(node, exp.ByteString):
        yield ExpressionRefused("E'…' is not allowed", "write the characters themselves: '…'")
    elif not _is_allowed(node):
        yield _not_allowed(node, _as_written(node, text))


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # not what Python writes so: 0x10
        return 0.0


def _is_allowed(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in FUNCTIONS
    return type(node) in _OPERATORS or type(node) in _function_classes()


def _unknown_column(node: exp.Column, columns: Collection[str]) -> ExpressionRefused:
    shown = node.sql(dialect=DIALECT)
    close = closest(node.name.lower(), columns)
    remedy = f"did you mean {close}?" if close else "it reads the columns of its own table"
    return ExpressionRefused(f"there is no column {shown}", remedy)


def _as_written(node: exp.Expr, text: str) -> str:
    """The author's name of a function: sqlglot has names of its own for some."""
    start, end = node.meta.get("start"), node.meta.get("end")
    written = "" if start is None or end is None else text[start : end + 1]
    if written.isidentifier():
        return written
    if isinstance(node, exp.Anonymous):
        return node.name
    return node.sql_names()[0] if isinstance(node, exp.Func) else node.key


def _not_allowed(node: exp.Expr, name: str) -> ExpressionRefused:
    if isinstance(node, exp.TryCast):
        return ExpressionRefused(
            "TRY_CAST makes what it cannot read NULL", "write CAST: such a row goes to quarantine"
        )
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        return ExpressionRefused("a subquery is not allowed", "join tables in a gold table's SQL")
    if isinstance(node, exp.AggFunc | exp.Window):
        return ExpressionRefused(
            "an aggregate or a window function is not allowed",
            "it sees one row at a time; compute it in a gold table's SQL",
        )
    if name.lower() in _CLOCK:
        return ExpressionRefused(
            f"{name.lower()} changes from run to run", "a row's values come from its record alone"
        )
    if isinstance(node, exp.Func):
        return ExpressionRefused(
            f"the function {name.lower()} is not allowed", _close_function(name.lower())
        )
    return ExpressionRefused(f"{name} is not allowed in an expression")


def _close_function(name: str) -> str:
    close = closest(name, FUNCTIONS, cutoff=0.75)
    return f"did you mean {close}?" if close else "docs/columns.md lists those that are"


@cache
def _function_classes() -> frozenset[type[exp.Expr]]:
    """The classes that sqlglot has for the allowed functions."""
    found = set()
    for name in FUNCTIONS:
        for arguments in ("x", "x, y", "x, y, z", "year FROM x"):
            try:
                tree = sqlglot.parse_one(f"{name}({arguments})", dialect=DIALECT)
            except errors.SqlglotError:
                continue
            if isinstance(tree, exp.Func) and not isinstance(tree, exp.Anonymous):
                found.add(type(tree))
    return frozenset(found)
