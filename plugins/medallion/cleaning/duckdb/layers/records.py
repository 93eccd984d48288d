"""The layers over whole records, up to the fields that the spec names."""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.declared.contract import NewColumns, list_known_fields
from medallion.cleaning.duckdb.layers.stack import Layers
from medallion.cleaning.duckdb.lookups import is_joined
from medallion.cleaning.duckdb.naming import NUMBER, STRANGE, column_of
from medallion.cleaning.duckdb.part_to_clean import PartToClean
from medallion.cleaning.duckdb.whole_records import PROBLEM


def read_records(part: PartToClean) -> Layers:
    """bronze: the innermost layer. The record as it came is carried through every layer: behind
    them nobody has it any more."""
    return Layers(named=(("bronze", part.records),), carried=part.record_columns)


def mark_strange(layers: Layers, part: PartToClean) -> Layers:
    """met: records with a field that nobody knows, where the contract discards them."""
    contract = part.wanted.contract
    if contract.columns is not NewColumns.DISCARD_ROW:
        return layers
    known = list_known_fields(part.wanted.columns, contract)
    return layers.mark("met", STRANGE, part.reader.has_other_fields(part.layout, known))


def number_records(layers: Layers, part: PartToClean) -> Layers:
    """numbered: where a join will lose the order."""
    if not any(map(is_joined, part.fields)):
        return layers
    # Without PARTITION BY and ORDER BY it counts while it streams.
    return layers.mark("numbered", NUMBER, exp.Window(this=exp.RowNumber()))


def mark_problems(layers: Layers, part: PartToClean) -> Layers:
    """whole: records that cannot be trusted, where this kind of part has such."""
    problem = part.reader.problem(part.fields, part.layout)
    return layers if problem is None else layers.mark("whole", PROBLEM, problem)


def parse_once(layers: Layers, part: PartToClean) -> Layers:
    """parsed: what all fields are taken from, where that is worth a layer."""
    parsed = part.reader.parse_once(part.fields)
    return layers if parsed is None else layers.add("parsed", exp.select("*", parsed))


def take_fields(layers: Layers, part: PartToClean) -> Layers:
    """fields: from here on only what the spec names is carried."""
    fields = part.reader.fields(part.fields, part.layout)
    return layers.add("fields", exp.select(*fields, *map(column_of, layers.carried)))
