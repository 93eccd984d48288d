"""Values of Parquet → declared types, without going through text if that keeps the value.

Parquet has types of its own: `RecordLayout.types` names them as DuckDB does. If a column asks for
nothing that works on texts, its value is converted directly, and becomes NULL (the row is
quarantined) if the declared type cannot hold exactly that value.
"""

from __future__ import annotations

import re

from sqlglot import exp

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.types import ColumnType
from medallion.cleaning.duckdb.casts import call, try_cast, where

TEXT = "VARCHAR"
OTHER = "OTHER"
"""Structs, maps and the like: they are read as their JSON."""

_WHOLE = frozenset(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG"))
WHOLE_NUMBERS = _WHOLE | {"INTEGER", "UINTEGER", "HUGEINT"}
FLOATS = frozenset({"FLOAT", "DOUBLE"})
_MOMENTS = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_LAST_YEAR = 9999

_SAME = {
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "uuid": "UUID",
    "bytea": "BLOB",
}
"""The types that have but one name on either side."""


def element_of(held: str) -> str:
    """The type of a list's elements; empty if it is not a list of scalars.

    >>> element_of("INTEGER[]"), element_of("INTEGER"), element_of("INTEGER[][]")
    ('INTEGER', '', '')
    """
    element = held.removesuffix("[]")
    return "" if element in (held, OTHER) or element.endswith("[]") else element


def goes_straight(spec: ColumnSpec, column_type: ColumnType, held: str) -> bool:
    """Whether a column's value is converted directly: its type allows it, and nothing needs a
    text."""
    texts = (spec.clean, spec.lookup, spec.format, spec.null_values, spec.timezone, spec.delimiter)
    if any(texts) or spec.scale is not None:
        return False
    if column_type.array:
        held = element_of(held)
    return straight(exp.column("value"), column_type, held) is not None


def straight(value: exp.Expr, column_type: ColumnType, held: str) -> exp.Expr | None:
    """The value (or one element) in the declared type; None if it has to go through its text."""
    name = column_type.scalar.name
    if held == _SAME.get(name):
        return in_our_years(value, value) if held in _MOMENTS else value.copy()
    target = column_type.element.duckdb
    if name in ("smallint", "integer", "bigint", "decimal") and _is_number(held):
        return _exactly(value, held, column_type)
    if name in ("real", "double") and _is_number(held):
        return where(call("isfinite", try_cast(value, column_type)), try_cast(value, column_type))
    if name == "timestamp" and held == "DATE":
        return in_our_years(value, exp.cast(value.copy(), target, dialect="duckdb"))
    if name == "date" and held == "TIMESTAMP":
        day = exp.cast(value.copy(), "DATE", dialect="duckdb")
        midnight = exp.cast(day, "TIMESTAMP", dialect="duckdb").eq(value.copy())
        return in_our_years(value, where(midnight, day))
    return None


def text_of(value: exp.Expr, held: str) -> exp.Expr:
    """The value as a text that `casts` can read; lists and structs as JSON."""
    if held == TEXT:
        return value.copy()
    if held == "BLOB":
        return exp.DPipe(this=exp.Literal.string("\\x"), expression=_lower_hex(value), safe=True)
    if held == OTHER or held.endswith("[]"):
        return exp.cast(json_of(value, held), "text")
    return exp.cast(value.copy(), "text")


def json_of(value: exp.Expr, held: str) -> exp.Expr:
    """The value in a quarantined record: JSON of exactly what Parquet holds."""
    if held == TEXT or held in WHOLE_NUMBERS - {"HUGEINT"} or held in ("BOOLEAN", OTHER):
        return call("to_json", value)
    if held in FLOATS:
        said = call("to_json", exp.cast(value.copy(), "text"))
        return exp.Case().when(call("isfinite", value), call("to_json", value)).else_(said)
    element = held.removesuffix("[]")
    if element == held:
        return call("to_json", text_of(value, held))
    name = exp.to_identifier("element")
    function = exp.Lambda(this=json_of(exp.column(name), element), expressions=[name.copy()])
    return call("to_json", call("list_transform", value, function))


def _is_number(held: str) -> bool:
    return held in WHOLE_NUMBERS or held in FLOATS or _DECIMAL.fullmatch(held) is not None


def _exactly(value: exp.Expr, held: str, column_type: ColumnType) -> exp.Expr | None:
    """A number that no cast rounds: NULL where the declared type would hold another one."""
    converted = try_cast(value, column_type)
    decimal = _DECIMAL.fullmatch(held)
    if held in WHOLE_NUMBERS or (decimal and int(decimal[2]) <= column_type.scale):
        return converted
    if held in FLOATS and column_type.scalar.name == "decimal":
        return None  # 0.1 is the decimal 0.1 by its text only
    return where(converted.eq(value.copy()), converted)


def in_our_years(value: exp.Expr, typed: exp.Expr) -> exp.Expr:
    """`typed` if the date or time is in the years 1 to 9999, else NULL; infinity has no year."""
    year = call("year", value)
    first, last = exp.Literal.number(1), exp.Literal.number(_LAST_YEAR)
    return where(exp.Between(this=year, low=first, high=last), typed)


def _lower_hex(value: exp.Expr) -> exp.Expr:
    return call("lower", call("hex", value))
