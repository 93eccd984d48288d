"""The layers from the texts of the fields to typed values.

The verbs see what the source wrote, and what counts as missing is looked for after them (`trim`
makes a blank text an empty one).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from medallion.cleaning.declared.types import PYTHON
from medallion.cleaning.duckdb import moments, verdicts
from medallion.cleaning.duckdb.arrays import as_list, is_array
from medallion.cleaning.duckdb.casts import call, cast, is_written_alike, try_cast
from medallion.cleaning.duckdb.layers.stack import Layers
from medallion.cleaning.duckdb.lookups import join_lookup, unknown_of
from medallion.cleaning.duckdb.naming import column_of, flag_of, name_value, value_of
from medallion.cleaning.duckdb.parquet_values import FLOATS, element_of, straight
from medallion.cleaning.duckdb.part_to_clean import PartToClean
from medallion.cleaning.duckdb.python_literals import as_json, is_literal
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.duckdb.scales import scale_numbers
from medallion.cleaning.verbs.chain import steps_of


def read_literals(layers: Layers, part: PartToClean) -> Layers:
    """literals: what Python printed becomes JSON."""
    if not any(map(is_literal, part.fields)):
        return layers
    return layers.change("literals", part.fields, as_json)


def make_lists(layers: Layers, part: PartToClean) -> Layers:
    """lists: arrays become lists of texts; what should be a JSON array and is none is flagged."""
    if not any(column.type.array for column in part.fields):
        return layers
    is_json = part.reader.is_json
    select = layers.select(part.fields, lambda column: as_list(column, json=is_json))
    arrays = [column for column in part.fields if verdicts.can_be_shapeless(column)]
    for column in arrays:
        text = _null_if(column_of(column.name), column.null_values)
        neither = exp.and_(exp.not_(text.is_(exp.null())), exp.not_(is_array(column)))
        select = select.select(name_value(verdicts.shapeless_flag(column), neither))
    return layers.add("lists", select, map(verdicts.shapeless_flag, arrays))


def apply_verbs(layers: Layers, part: PartToClean) -> Layers:
    """cleaned_1…: the first verb of every column, then the second ones, and so on."""
    steps = {one.name: steps_of(one.spec.clean, one.null_values) for one in part.fields}
    for depth in range(max(map(len, steps.values()), default=0)):

        def change(column: Column, depth: int = depth) -> exp.Expr:
            own = steps[column.name]
            if depth >= len(own):
                return column_of(column.name)
            return _each(column, own[depth])

        layers = layers.change(f"cleaned_{depth + 1}", part.fields, change)
    return layers


def clear_null_values(layers: Layers, part: PartToClean) -> Layers:
    """known: `N/A` with a blank behind it is `N/A` only after the verbs."""
    return layers.change("known", part.fields, _without_null_values)


def look_up(layers: Layers, part: PartToClean) -> Layers:
    """looked_up…: one layer for each column that has a look-up."""
    for column in part.fields:
        if column.spec.lookup:
            others = [other.name for other in part.fields if other is not column]
            select = join_lookup(column, [*others, *layers.carried])
            layers = layers.add(f"looked_up_{column.name}", select, [unknown_of(column)])
    return layers


def convert(layers: Layers, part: PartToClean) -> Layers:
    """cast: what DuckDB's own cast makes of texts, where that helps; typed: a value beside each
    text."""
    is_json = part.reader.is_json
    tried = [
        name_value(_name_tried(one), try_cast(column_of(one.name), one.type))
        for one in part.fields
        if _is_cast_first(one)
    ]
    if tried:
        layers = layers.add("cast", exp.select("*", *tried))
    typed = [name_value(value_of(one.name), _convert(one, json=is_json)) for one in part.fields]
    return layers.add("typed", exp.select("*", *typed))


def _name_tried(column: Column) -> str:
    return flag_of("cast", column.name)


def _is_cast_first(column: Column) -> bool:
    """Whether a column goes through its text, in no format, to a type that is mostly written as
    DuckDB writes it."""
    spec = column.spec
    formats = any(one != PYTHON for one in spec.format) or spec.timezone or spec.scale is not None
    if formats or not is_written_alike(column.type):
        return False
    return not (column.straight and straight(column_of(column.name), column.type, column.held))


def _without_null_values(column: Column) -> exp.Expr:
    if not column.null_values:
        return column_of(column.name)
    return _each(column, lambda text: _null_if(text, column.null_values))


def _null_if(text: exp.Expr, null_values: Sequence[str]) -> exp.Expr:
    if len(null_values) == 1:
        return call("nullif", text, null_values[0])
    if not null_values:
        return text.copy()
    return exp.Case().when(text.copy().isin(*null_values), exp.null()).else_(text.copy())


def _convert(column: Column, *, json: bool) -> exp.Expr:
    """The value; `json`: whether the text was a value of JSON."""
    spec = column.spec
    held = element_of(column.held) if column.type.array else column.held
    as_number = json or held in FLOATS

    def change(value: exp.Expr) -> exp.Expr:
        if spec.scale is not None:
            return scale_numbers(value, column.name, spec.scale, column.type, json=as_number)
        if column.straight and (typed := straight(value, column.type, held)):
            return typed
        formats = tuple(one for one in spec.format if one != PYTHON)
        if formats or spec.timezone:
            return moments.read(value, column.type, formats, spec.timezone, spec.pivot_year)
        tried = column_of(_name_tried(column)) if _is_cast_first(column) else None
        return cast(value, column.type, json=as_number, typed=tried)

    return _each(column, change)


def _each(column: Column, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """The change of a column's value, or of each element where it is an array."""
    value = column_of(column.name)
    if not column.type.array:
        return change(value)
    element = exp.to_identifier("element")
    function = exp.Lambda(this=change(exp.column(element)), expressions=[element])
    return call("list_transform", value, function)
