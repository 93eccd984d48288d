"""What a schema contract looks for: fields that nobody knows, values of other types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from medallion.cleaning.declared.number_codes import coded_key
from medallion.cleaning.duckdb import computed, held
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.naming import column_of, value_of
from medallion.cleaning.duckdb.reading import RECORD, Column, places
from medallion.records import RecordLayout


def has_other_fields(layout: RecordLayout, known: Iterable[str]) -> exp.Expr:
    """True where a record has a value in a field that is not known; false, never NULL, elsewhere.

    An empty field of a CSV and a null of JSON are not values.
    """
    if layout.format == "jsonl":
        return _of_json(sorted(known))
    known = frozenset(known)
    types = layout.types or (held.TEXT,) * len(layout.columns)
    found: list[exp.Expr] = []
    for (name, place), held_as in zip(places(layout), types, strict=True):
        if name in known:
            continue
        value: exp.Expr = column_of(place)
        if held_as == held.TEXT:
            value = call("nullif", value, exp.Literal.string(""))
        found.append(exp.not_(value.is_(exp.null())))
    return exp.or_(*found) if found else exp.false()


def _of_json(known: Sequence[str]) -> exp.Expr:
    key = exp.to_identifier("key")
    names = exp.Array(expressions=[exp.Literal.string(coded_key(name)) for name in known])
    is_other = exp.not_(call("list_contains", names, exp.column(key)))
    pointer = call(
        "concat",
        exp.Literal.string("/"),
        call("replace", call("replace", exp.column(key), "~", "~0"), "/", "~1"),
    )
    kind = call("json_type", column_of(RECORD), pointer)
    test = exp.Lambda(
        this=exp.and_(is_other, exp.NEQ(this=kind, expression=exp.Literal.string("NULL"))),
        expressions=[key.copy()],
    )
    others = call("list_filter", call("json_keys", column_of(RECORD)), test)
    return call("coalesce", call("len", others) > exp.Literal.number(0), exp.false())


def can_discard_value(column: Column) -> bool:
    """Whether a wrong value may become NULL: a single value, in a column that takes NULL."""
    return column.nullable and not column.type.array and not computed.is_computed(column)


def discarded_values(columns: Sequence[Column]) -> exp.Expr:
    """The names of the columns in which a row loses its value; NULL where it loses none."""
    names = [
        exp.Case().when(_is_wrong(column), exp.Literal.string(column.name))
        for column in columns
        if can_discard_value(column)
    ]
    if not names:
        return exp.cast(exp.null(), "varchar[]")
    name = exp.to_identifier("name")
    is_set = exp.not_(exp.column(name).is_(exp.null()))
    found = call(
        "list_filter",
        exp.Array(expressions=list(names)),
        exp.Lambda(this=is_set, expressions=[name]),
    )
    any_wrong = exp.or_(*(_is_wrong(column) for column in columns if can_discard_value(column)))
    return exp.Case().when(any_wrong, found)


def _is_wrong(column: Column) -> exp.Expr:
    text, value = column_of(column.name), column_of(value_of(column.name))
    return exp.and_(exp.not_(text.is_(exp.null())), value.is_(exp.null()))
