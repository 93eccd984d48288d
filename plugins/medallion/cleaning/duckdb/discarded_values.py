"""Values of other types than their columns', where the schema contract discards them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from medallion.cleaning.duckdb import computed
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.naming import column_of, value_of
from medallion.cleaning.duckdb.reading import Column


def can_discard_value(column: Column) -> bool:
    """Whether a wrong value may become NULL: only a scalar, in a nullable column."""
    return column.nullable and not column.type.array and not computed.is_computed(column)


def list_discarded_values(columns: Sequence[Column]) -> exp.Expr:
    """The list of the columns whose value the row loses; NULL if none."""
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
