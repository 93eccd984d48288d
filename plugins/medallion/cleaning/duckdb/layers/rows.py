"""The layers over typed rows: what is computed from them, and whether they are wanted and good."""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.duckdb import computed, verdicts
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.layers.stack import Layers
from medallion.cleaning.duckdb.naming import DISCARDED, OK, STRANGE, column_of, name_value
from medallion.cleaning.duckdb.part_to_clean import PartToClean
from medallion.cleaning.duckdb.whole_records import PROBLEM


def compute(layers: Layers, part: PartToClean) -> Layers:
    """tried_1…, computed_1…: two layers for the columns that read no later one."""
    names = {column.name for column in part.columns}
    for depth, level in enumerate(computed.levels(part.columns), start=1):
        tried = [computed.try_value(column, names) for column in level]
        layers = layers.add(f"tried_{depth}", exp.select("*", *tried))
        taken = map(computed.take_value, level)
        layers = layers.add(f"computed_{depth}", exp.select("*", *taken))
    return layers


def try_filter(layers: Layers, part: PartToClean) -> Layers:
    """filtered: whether the filter wants the row, or could not be computed."""
    if part.wanted.row_filter is None:
        return layers
    names = {column.name for column in part.columns}
    tried = computed.try_filter(part.wanted.row_filter, names)
    return layers.add("filtered", exp.select("*", tried), [computed.FILTER])


def judge(layers: Layers, part: PartToClean) -> Layers:
    """judged: a row that is not wanted is discarded, whatever else is wrong with it; but what the
    filter reads has to be right, or it says nothing."""
    good = verdicts.is_good(part.columns, whole=layers.has(PROBLEM), lenient=part.discards_values)
    unwanted: list[exp.Expr] = [column_of(STRANGE)] if layers.has(STRANGE) else []
    if part.wanted.row_filter is not None:
        good = exp.and_(good, _could_filter())
        unwanted = [_is_filtered_out(layers, part, part.wanted.row_filter), *unwanted]
    judged = exp.select("*", name_value(OK, good))
    if not unwanted:
        return layers.add("judged", judged)
    return layers.add(
        "judged", judged.select(name_value(DISCARDED, exp.or_(*unwanted))), [DISCARDED]
    )


def _is_filtered_out(layers: Layers, part: PartToClean, row_filter: str) -> exp.Expr:
    """Three outcomes: the filter could not be computed (quarantine), wants the row, or does not.
    `unwanted` alone would discard the first silently."""
    wanted = call("struct_extract", column_of(computed.FILTER), "value")
    unwanted = exp.not_(call("coalesce", wanted, exp.false()))
    inputs = computed.inputs(row_filter, part.columns)
    return exp.and_(_could_filter(), unwanted, verdicts.is_good(inputs, whole=layers.has(PROBLEM)))


def _could_filter() -> exp.Expr:
    return exp.not_(column_of(computed.FILTER).is_(exp.null()))
