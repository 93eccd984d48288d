"""The text of an array as a list of texts."""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.declared.paths import json_path
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.json_numbers import keep_digits, restore_number
from medallion.cleaning.duckdb.naming import column_of
from medallion.cleaning.duckdb.reading import Column


def as_list(column: Column, *, json: bool) -> exp.Expr:
    """A column's text as a list if it is an array; NULL if the text is not a list."""
    text = column_of(column.name)
    if not column.type.array or column.holds_list:
        return text
    if column.spec.delimiter is not None:
        parts = call("string_split", text, column.spec.delimiter)
        null_values = column.null_values
        return (
            exp.Case().when(text.isin(*null_values), exp.null()).else_(parts)
            if (null_values)
            else parts
        )
    each = json_path(column.field).each if json else None
    element = exp.to_identifier("element")
    inner: exp.Expr = exp.column(element)
    coded = keep_digits(text)
    elements = call("json_extract_string", coded, "$[*]")
    if column.type.scalar.name == "json":  # an element that is a text keeps its quotes
        elements = exp.cast(call("json_extract", coded, "$[*]"), "text[]", dialect="duckdb")
    if each:
        elements = call("json_extract", coded, "$[*]")
        inner = call("json_extract_string", inner, each)
    found = call(
        "list_transform", elements, exp.Lambda(this=restore_number(inner), expressions=[element])
    )
    return exp.Case().when(is_array(column), found)


def is_array(column: Column) -> exp.Expr:
    """Whether a column's text is a JSON array; false, never NULL."""
    text = column_of(column.name)
    kind = exp.Case().when(call("json_valid", text), call("json_type", text))
    return call("coalesce", kind.eq("ARRAY"), exp.false())
