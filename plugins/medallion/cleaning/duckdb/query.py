"""The cleaning of one part as one DuckDB SELECT, built from the spec's columns. Pure: no I/O.

    layer       adds or changes                          why it comes here
    bronze      every field as text, or in Parquet's     texts: no reader may guess a type
                own type; unpivoted
    met         _strange: the record has a field that    needs the whole record
                nobody knows (contract)
    numbered    _number, the record's number             before a join loses the order
    whole       _problem: the record cannot be trusted   before a field is taken from it
    parsed      JSON: all fields at once                 each record is parsed only once
    fields      the fields that the spec names           from here on only these are carried
    literals    what Python printed, as JSON             the JSON is what is cut into a list
    lists       arrays as lists of texts                 verbs work on each element
    cleaned_1…  the verbs, one step a layer              in the author's order, on what was sent
    known       null_values become NULL                  after the verbs: trim empties blanks
    looked_up…  values of other datasets                 look-ups take cleaned texts
    cast        _cast_<column> beside some texts         made once, and used twice by the next
    typed       _value_<column> beside each text         the text stays, for the reason
    tried_1…    expressions and whether they failed,     they read typed values; a layer for those
    computed_1… then their values                        that read no later one
    filtered    whether the filter wants the row         it may read computed columns
    judged      _ok; _discarded                          everything about the row is known
    (outermost) typed columns, _reasons, _raw            reasons are built for bad rows only

`_reasons` is NULL for a good row; `_raw` is the record of a bad one. A text that cannot be read is
never turned into NULL silently: its row is quarantined with the reason. Layers that a spec does not
need are left out. DuckDB streams through the others, so memory does not grow with the part. Rows
keep the records' order, except after a join: then `_number` says which record a row is.
"""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.declared.classification import (
    is_dropped,
    is_masked_on_read,
    is_protected,
    needs_key,
)
from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.cleaning.duckdb import computed, verdicts
from medallion.cleaning.duckdb.casts import call, encode_for_copy
from medallion.cleaning.duckdb.discarded_values import list_discarded_values
from medallion.cleaning.duckdb.layers.records import (
    mark_problems,
    mark_strange,
    number_records,
    parse_once,
    read_records,
    take_fields,
)
from medallion.cleaning.duckdb.layers.rows import compute, judge, try_filter
from medallion.cleaning.duckdb.layers.stack import Layers
from medallion.cleaning.duckdb.layers.values import (
    apply_verbs,
    clear_null_values,
    convert,
    look_up,
    make_lists,
    read_literals,
)
from medallion.cleaning.duckdb.naming import (
    DISCARDED,
    NULLED,
    NUMBER,
    OK,
    RAW,
    REASONS,
    column_of,
    name_value,
    value_of,
)
from medallion.cleaning.duckdb.part_to_clean import PartToClean, read_part
from medallion.cleaning.duckdb.protection import KEY_RELATION, protect
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.duckdb.whole_records import PROBLEM
from medallion.records import RecordLayout

DIALECT = "duckdb"

_LAYERS = (
    mark_strange,
    number_records,
    mark_problems,
    parse_once,
    take_fields,
    read_literals,
    make_lists,
    apply_verbs,
    clear_null_values,
    look_up,
    convert,
    compute,
    try_filter,
    judge,
)
"""Over bronze, in the order of the table above; each returns the layers with its own, if any."""


def clean_query(wanted: WantedRows, layout: RecordLayout, path: str) -> exp.Select:
    """The SELECT that reads and cleans one part (`path`); an `Engine` renders it.

    Raises:
        DataRejected: the part has no such field.
    """
    part = read_part(wanted, layout, path)
    layers = read_records(part)
    for add_layer in _LAYERS:
        layers = add_layer(layers, part)
    return layers.finish(_select_outcome(layers, part))


def _select_outcome(layers: Layers, part: PartToClean) -> exp.Select:
    """The outermost SELECT: the values of a good row, the reasons and the record of a bad one."""
    is_settled: exp.Expr = column_of(OK)
    if layers.has(DISCARDED):
        is_settled = exp.or_(is_settled, column_of(DISCARDED))
    reasons = verdicts.reasons(
        part.columns, whole=layers.has(PROBLEM), filtered=layers.has(computed.FILTER)
    )
    outcome = exp.select(
        *_publish_all(part),
        name_value(REASONS, exp.Case().when(exp.not_(is_settled.copy()), reasons)),
        name_value(RAW, exp.Case().when(exp.not_(is_settled.copy()), part.record)),
    )
    if layers.has(DISCARDED):
        outcome = outcome.select(column_of(DISCARDED))
    if part.discards_values:
        outcome = outcome.select(name_value(NULLED, list_discarded_values(part.columns)))
    if layers.has(NUMBER):
        outcome = outcome.select(column_of(NUMBER))
    if needs_key(part.wanted.columns):
        outcome = outcome.join(exp.to_table(KEY_RELATION), join_type="cross")
    return outcome


def _publish_all(part: PartToClean) -> list[exp.Expr]:
    return [
        name_value(column.name, encode_for_copy(_publish(column), column.type))
        for column in part.columns
        if not is_dropped(column.spec) and not column.helps
    ]


def _publish(column: Column) -> exp.Expr:
    """The typed value, or what protects it. What is masked on read is protected by the view."""
    value, classification = column_of(value_of(column.name)), column.spec.classification
    if classification is None or not is_protected(column.spec) or is_masked_on_read(column.spec):
        return value
    if not column.type.array:
        return protect(value, classification)
    element = exp.to_identifier("element")
    inner = protect(exp.column(element), classification)
    return call("list_transform", value, exp.Lambda(this=inner, expressions=[element.copy()]))
