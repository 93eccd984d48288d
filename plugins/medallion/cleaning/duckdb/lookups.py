"""Values replaced by another dataset's values for them, as a layer of the cleaning query."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.naming import column_of, flag_of, lookup_relation, name_value
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.verbs.chain import can_refuse
from medallion.cleaning.verbs.refusal import is_refused

KEY, VALUE = "_key", "_value"
"""The columns of a lookup relation: texts, the keys unique."""

_MAP = "_map"


def unknown_of(column: Column) -> str:
    """The helper column that holds the text (or the first element) that was not found, else
    NULL."""
    return flag_of("unknown", column.name)


def is_joined(column: Column) -> bool:
    """Whether the look-up is a join. A hash join does not keep the records' order."""
    return column.spec.lookup is not None and not column.type.array


def join_lookup(column: Column, others: Sequence[str]) -> exp.Select:
    """A SELECT of the column looked up, of what was not found, and of the others unchanged; it has
    no FROM yet."""
    select = _in_map if column.type.array else _join
    return select(column).select(*(column_of(name) for name in others))


def _join(column: Column) -> exp.Select:
    """One hash join. The keys are unique: no row is multiplied; but the rows lose their order."""
    text = column_of(column.name)
    missing = exp.and_(_is_set(text, column), column_of(KEY).is_(exp.null()))
    found = _find(missing, text, column, column_of(VALUE))
    relation = exp.to_table(lookup_relation(column.name)).as_("l")
    relation.this.set("quoted", True)
    unknown = exp.Case().when(missing.copy(), text.copy())
    return exp.select(name_value(column.name, found), name_value(unknown_of(column), unknown)).join(
        relation, on=column_of(KEY).eq(text.copy()), join_type="left"
    )


def _in_map(column: Column) -> exp.Select:
    """All keys as one map, which every element is looked up in: meant for some thousand keys."""
    relation = exp.to_table(lookup_relation(column.name))
    relation.this.set("quoted", True)
    pairs = call("map", call("list", column_of(KEY)), call("list", column_of(VALUE)))
    entries = exp.select(name_value(_MAP, pairs)).from_(relation).subquery("l")
    element = exp.to_identifier("element")
    text, known = exp.column(element), column_of(_MAP)
    # Without any key the map is NULL.
    present = call("coalesce", call("map_contains", known, text), exp.false())
    missing = exp.and_(_is_set(text, column), exp.not_(present))
    found = _find(missing, text, column, call("map_extract_value", known, text))
    value = column_of(column.name)
    mapped = call("list_transform", value, exp.Lambda(this=found, expressions=[element]))
    unknown = call("list_filter", value, exp.Lambda(this=missing, expressions=[element.copy()]))
    first = call("list_extract", unknown, exp.Literal.number(1))
    return exp.select(name_value(column.name, mapped), name_value(unknown_of(column), first)).join(
        entries, join_type="cross"
    )


def _find(missing: exp.Expr, text: exp.Expr, column: Column, value: exp.Expr) -> exp.Expr:
    """A row that is quarantined keeps its text: the reason quotes it. So does a refused text."""
    lookup = column.spec.lookup
    to_null = lookup is not None and lookup.missing == "null"
    case = exp.Case().when(missing.copy(), exp.null() if to_null else text.copy())
    if can_refuse(column.spec.clean):
        case = case.when(is_refused(text), text.copy())
    return case.else_(value)


def _is_set(text: exp.Expr, column: Column) -> exp.Expr:
    is_set = exp.not_(text.copy().is_(exp.null()))
    if can_refuse(column.spec.clean):
        return exp.and_(is_set, exp.not_(is_refused(text)))
    return is_set
