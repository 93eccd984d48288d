"""Expressions over a row's columns: `expression:` of a column, `filter:` of a dataset.

The dialect is DuckDB's, whose syntax is PostgreSQL's. One scalar expression is let through, over
known columns, with functions that give the same value whenever they are asked: no subquery, no
aggregate, no window, no table function, nothing that reads a file, a setting or the clock.

The text is read by DuckDB's own parser, and its tree is only looked at. DuckDB gets the author's
text, in which the cleaning query's names replace the columns', and checks around parts
that may be infinite.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

from sqlglot import exp

from medallion.cleaning.duckdb import finite
from medallion.cleaning.duckdb.naming import column_of, value_of
from medallion.cleaning.duckdb.splices import Replaced, splice
from medallion.cleaning.duckdb.syntax import Node, NotRead, function_kinds, read
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

OTHER_NAMES = (
    *("if", "ifnull", "pow", "log", "log2", "instr", "position", "lcase", "ucase", "char_length"),
    *("character_length", "array_contains", "array_has", "list_has", "datediff", "datetrunc"),
)
"""Other names of them, which people know from elsewhere."""

_SIGNS = (
    *("+", "-", "*", "/", "//", "%", "**", "^", "||", "~~", "!~~", "~~*", "!~~*", "~~~", "^@"),
    *("like_escape", "not_like_escape", "ilike_escape", "not_ilike_escape", "timezone"),
    *(f"to_{unit}s" for unit in ("millennium", "centurie", "decade", "year", "quarter", "month")),
    *(f"to_{unit}s" for unit in ("week", "day", "hour", "minute", "second")),
    *("to_millennia", "to_milliseconds", "to_microseconds"),
)
"""The functions that DuckDB's parser makes of operators, AT TIME ZONE and INTERVAL."""

_CLOCK = frozenset(
    {"now", "today", "current_date", "current_time", "current_timestamp"}
    | {"localtime", "localtimestamp", "transaction_timestamp", "get_current_timestamp"}
)
_KINDS = frozenset({"CASE", "COMPARISON", "CONJUNCTION", "BETWEEN", "TYPE"})
_OPERATORS = frozenset(
    {"OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE"}
    | {"COMPARE_IN", "COMPARE_NOT_IN"}
)
_CONSTANTS = frozenset({"INTEGER", "NUMERIC", "STRING", "BOOLEAN", "NULL_LITERAL"})
_CASTS = frozenset(
    {"text", "varchar", "string", "smallint", "int2", "short", "integer", "int", "int4", "signed"}
    | {"bigint", "int8", "long", "real", "float", "float4", "double", "float8", "decimal"}
    | {"numeric", "dec", "boolean", "bool", "logical", "date", "time", "timestamp", "datetime"}
    | {"timestamp with time zone", "timestamptz", "interval"}
)
_NAME = re.compile(rb'"(?:""|[^"])*+"|[^\W]++|[^\s\x00-\x7f]++')
_WORDS = {"LAMBDA": "a lambda", "STAR": "*", "PARAMETER": "a parameter", "OPERATOR_TRY": "TRY"}
_CALLS = {"list_value": "a list", "struct_pack": "a struct", "row": "a row", "map": "a map"}


class ExpressionRefused(ValueError):
    """The text is not an expression that is allowed.

    Attributes:
        problem: what is wrong with it.
        remedy: what to write instead.
        offset: where, in characters.
    """

    def __init__(self, problem: str, remedy: str = "", offset: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression that is allowed, as its author wrote it."""

    text: str
    tree: Node
    references: frozenset[str]
    """The columns that it reads directly."""
    names: tuple[Replaced, ...]
    """Where it reads them, and the name of their values in the cleaning query."""

    def over_values(self) -> exp.Expr:
        """The text over the cleaning query's values; it fails where a part is not finite."""
        return write_text(splice(self.text, (*self.names, *finite.checks(self.tree))))

    def type_question(self, columns: Mapping[str, str]) -> str:
        """A SELECT of one column, which has the expression's type. Preparing it gives the type; it
        has no rows. The author's text begins on its second line.

        Args:
            columns: each column with DuckDB's name of its type.
        """
        question = exp.select(exp.alias_(write_text(splice(self.text, self.names)), "value"))
        return question.from_(_make_typed_row(tuple(columns.items()))).limit(0).sql(dialect=DIALECT)


@lru_cache(maxsize=64)
def _make_typed_row(columns: tuple[tuple[str, str], ...]) -> exp.Expr:
    """A row of NULLs with these types, as FROM has it: rendered once for all that ask about it."""
    nulls = (
        exp.alias_(exp.cast(exp.null(), kind, dialect=DIALECT), value_of(name), quoted=True)
        for name, kind in columns
    )
    return exp.Var(this=exp.select(*nulls).subquery("row").sql(dialect=DIALECT))


def write_text(text: str) -> exp.Expr:
    """An author's text as a part of a query that is built as a tree. It is not looked into: what
    renders a tree writes it as it is."""
    return exp.Var(this=f"(\n{text}\n)")


def read_expression(text: str, columns: Collection[str]) -> Expression:
    """An expression over these columns.

    Raises:
        ExpressionRefused: it cannot be read, or uses something that is not allowed.
    """
    return _read(text, frozenset(columns))


@lru_cache(maxsize=256)
def _read(text: str, columns: frozenset[str]) -> Expression:
    if len(text) > LONGEST:
        raise ExpressionRefused(
            f"it has {len(text):,} characters, and {LONGEST:,} are the most",
            "compute it in a gold table's SQL, or in a custom step",
        )
    try:
        found = read(text)
    except NotRead as error:
        raise ExpressionRefused(
            f"it cannot be read: {error.problem}", "write one SQL expression", error.offset
        ) from None
    said = found.text.encode()
    for node in found.tree.walk():
        for problem, remedy in _problems(node, columns, said):
            place = node.children[-1] if node.kind == "CAST" and not node.is_try else node
            at = len(said[: place.start].decode(errors="replace"))
            raise ExpressionRefused(problem, remedy, at)
    return Expression(
        text=found.text,
        tree=found.tree,
        references=frozenset(map(_column, found.tree.walk())) - {""},
        names=tuple(_replace(node, said) for node in found.tree.walk() if _column(node)),
    )


def _column(node: Node) -> str:
    """The column that a node reads; of `name.upper()` DuckDB takes the first for a schema."""
    if node.kind == "COLUMN_REF" or (node.kind == "FUNCTION" and node.path):
        return node.path[0]
    return ""


def _replace(node: Node, said: bytes) -> Replaced:
    """The column's name in the text, and the name of its value.

    Raises:
        ExpressionRefused: the name is not where DuckDB says.
    """
    name, place = _column(node), _NAME.match(said, node.start)
    shown = place.group().decode(errors="replace") if place else ""
    if place is None or name not in (shown, shown[1:-1].replace('""', '"')):
        raise ExpressionRefused(f"{name} was not found in it", "write plain blanks between words")
    value = column_of(value_of(name)).sql(dialect=DIALECT)
    return Replaced(start=place.start(), end=place.end(), text=value)


_Problem = tuple[str, str]


def _problems(node: Node, columns: Collection[str], said: bytes) -> Iterator[_Problem]:
    shown = said[node.start : node.end].decode(errors="replace")
    if node.kind == "COLUMN_REF":
        yield from _column_problems(node, columns, shown)
    elif node.kind == "CONSTANT":
        yield from _constant_problems(node, shown)
    elif node.kind == "CAST":
        yield from _cast_problems(node, said)
    elif node.kind == "FUNCTION":
        yield from _function_problems(node, columns)
    elif node.kind in ("SUBQUERY", "WINDOW"):
        yield _QUERY if node.kind == "SUBQUERY" else _AGGREGATE
    elif node.kind not in _KINDS and node.detail not in _OPERATORS:
        what = _WORDS.get(node.kind) or _WORDS.get(node.detail) or shown
        yield f"{what} is not allowed in an expression", ""


_QUERY = ("a subquery is not allowed", "join tables in a gold table's SQL")
_AGGREGATE = (
    "an aggregate or a window function is not allowed",
    "it sees one row at a time; compute it in a gold table's SQL",
)


def _column_problems(node: Node, columns: Collection[str], shown: str) -> Iterator[_Problem]:
    name = node.path[-1]
    if len(node.path) == 1 and name in columns:
        return
    if name.lower() in _CLOCK:
        yield f"{name.lower()} changes from run to run", "a row's values come from its record alone"
        return
    close = closest(name.lower(), columns)
    remedy = f"did you mean {close}?" if close else "it reads the columns of its own table"
    yield f"there is no column {shown}", remedy


def _constant_problems(node: Node, shown: str) -> Iterator[_Problem]:
    if node.detail not in _CONSTANTS:
        yield f"{shown} is not allowed in an expression", ""
    elif node.detail in ("INTEGER", "NUMERIC") and not isfinite(float(node.name)):
        yield f"the number {node.name} is too large", "a double ends at 1.8e308"


def _cast_problems(node: Node, said: bytes) -> Iterator[_Problem]:
    target = node.children[-1]
    if node.is_try:
        yield (
            "TRY_CAST makes what it cannot read NULL",
            "write CAST: such a row goes to quarantine",
        )
    elif target.name.lower() not in _CASTS:
        shown = said[target.start : target.end].decode(errors="replace")
        array = "[]" if target.name.lower() in ("list", "array") else ""
        yield f"a cast to {shown}{array} is not allowed", ""


def _function_problems(node: Node, columns: Collection[str]) -> Iterator[_Problem]:
    name = node.name.lower()
    if node.path and (len(node.path) > 1 or node.path[0] not in columns):
        before = ".".join(node.path)
        yield f"there is no column {before}", f"write {name}(…): functions have no schema here"
    elif name in _CLOCK:
        yield f"{name} changes from run to run", "a row's values come from its record alone"
    elif name in _CALLS:
        yield f"{_CALLS[name]} is not allowed in an expression", ""
    elif name not in (*FUNCTIONS, *OTHER_NAMES, *_SIGNS):
        if function_kinds(name) & {"aggregate"}:
            yield _AGGREGATE
            return
        close = closest(name, FUNCTIONS, cutoff=0.75)
        remedy = f"did you mean {close}?" if close else "docs/columns.md lists those that are"
        yield f"the function {name} is not allowed", remedy
    elif not node.plain:
        yield f"DISTINCT, ORDER BY and FILTER are not for {name}", "they are an aggregate's"
