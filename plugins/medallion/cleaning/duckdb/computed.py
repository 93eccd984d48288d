"""Columns computed from others, and the filter: layers over the typed values.

An expression that fails on a row, anywhere in it (a division by zero, a number too large), must not
become NULL: the row is quarantined. TRY around a struct tells failure (NULL) from a NULL value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from sqlglot import exp

from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.expressions import Expression, read_expression
from medallion.cleaning.duckdb.naming import column_of, flag_of, name_value, value_of
from medallion.cleaning.duckdb.parquet_values import in_our_years
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.verbs.templates import fill

FILTER = "_filter"
"""NULL where the filter failed, else a struct of its value."""

_FLOATS = ("real", "double")
_MOMENTS = ("date", "timestamp", "timestamptz")


def is_computed(column: Column) -> bool:
    """Whether the column has an `expression`."""
    return column.spec.expression is not None


def levels(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """The computed columns in groups; each group reads only groups before it."""
    read = _expressions(columns)
    sorter = TopologicalSorter({name: of.references & read.keys() for name, of in read.items()})
    by_name = {column.name: column for column in columns}
    sorter.prepare()
    while sorter.is_active():
        ready = sorter.get_ready()
        yield [by_name[name] for name in ready]
        sorter.done(*ready)


def try_value(column: Column, names: Collection[str]) -> exp.Expr:
    """The column's value in a struct; NULL if it cannot be computed."""
    value = read_expression(column.spec.expression or "", names).over_values()
    target = exp.DataType.build(column.type.duckdb, dialect="duckdb")
    value = exp.Cast(this=value, to=target)
    return name_value(flag_of("try", column.name), fill("TRY({'value': computed})", computed=value))


def take_value(column: Column) -> exp.Expr:
    """The value out of the struct of `try_value`: NULL both for a NULL and for a failure."""
    value = call("struct_extract", column_of(flag_of("try", column.name)), "value")
    return name_value(value_of(column.name), value)


def try_filter(text: str, names: Collection[str]) -> exp.Expr:
    """Whether a row is wanted, in a struct; NULL if that cannot be computed.

    A CASE stops at the condition that decides it: `b <> 0 AND a / b > 1` can be computed for any
    row.
    """
    wanted = exp.cast(read_expression(text, names).over_values(), "boolean")
    return name_value(
        FILTER, fill("TRY({'value': CASE WHEN wanted THEN TRUE ELSE FALSE END})", wanted=wanted)
    )


def is_good(column: Column) -> exp.Expr:
    """Whether the value could be computed, and is not NULL unless the column is nullable."""
    value = column_of(value_of(column.name))
    good = exp.not_(_has_failed(column))
    if column.nullable:
        return good
    return exp.and_(good, exp.not_(value.is_(exp.null())))


def reason(column: Column, names: Collection[str]) -> exp.Expr:
    """Why a computed value is not as declared; NULL if it is."""
    read = sorted(read_expression(column.spec.expression or "", names).references)
    of = f" from {', '.join(read)}" if read else ""
    case = exp.Case().when(
        _has_failed(column), exp.Literal.string(f"{column.name}: cannot be computed{of}")
    )
    if column.nullable:
        return case
    empty = exp.Literal.string(f"{column.name}: is empty, computed{of}")
    return case.when(column_of(value_of(column.name)).is_(exp.null()), empty)


def inputs(text: str, columns: Sequence[Column]) -> list[Column]:
    """The columns that an expression reads, directly or through computed columns, in the spec's
    order."""
    names = {column.name for column in columns}
    expressions = _expressions(columns)
    found: set[str] = set()
    todo = set(read_expression(text, names).references)
    while todo:
        name = todo.pop()
        found.add(name)
        if name in expressions:
            todo |= expressions[name].references - found
    return [column for column in columns if column.name in found]


def _expressions(columns: Sequence[Column]) -> Mapping[str, Expression]:
    names = {column.name for column in columns}
    return {
        column.name: read_expression(column.spec.expression, names)
        for column in columns
        if column.spec.expression is not None
    }


def _has_failed(column: Column) -> exp.Expr:
    """PostgreSQL would keep what is not finite, and every sum would be that from then on."""
    failed = column_of(flag_of("try", column.name)).is_(exp.null())
    scalar = column.type.scalar.name
    if column.type.array or scalar not in (*_FLOATS, *_MOMENTS):
        return failed
    value = column_of(value_of(column.name))
    if scalar in _MOMENTS:
        kept = exp.not_(in_our_years(value, exp.true()).is_(exp.null()))
        return exp.or_(failed, exp.not_(exp.or_(value.is_(exp.null()), kept)))
    return exp.or_(failed, exp.not_(call("coalesce", call("isfinite", value), exp.true())))
