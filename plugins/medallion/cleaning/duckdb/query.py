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

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from sqlglot import exp

from medallion.cleaning.declared.classification import is_dropped, is_protected, needs_key
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.contract import (
    NewColumns,
    OtherTypes,
    SchemaContract,
    list_known_fields,
)
from medallion.cleaning.declared.types import PYTHON
from medallion.cleaning.duckdb import computed, moments, reading, verdicts
from medallion.cleaning.duckdb.arrays import as_list, is_array
from medallion.cleaning.duckdb.casts import call, cast, encode_for_copy
from medallion.cleaning.duckdb.discarded_values import list_discarded_values
from medallion.cleaning.duckdb.lookups import is_joined, join_lookup, unknown_of
from medallion.cleaning.duckdb.naming import column_of, name_value, value_of
from medallion.cleaning.duckdb.parquet_values import FLOATS, element_of, straight
from medallion.cleaning.duckdb.protection import KEY_RELATION, protect
from medallion.cleaning.duckdb.python_literals import as_json, is_literal
from medallion.cleaning.duckdb.quarantined_record import build_record, find_hidden_fields
from medallion.cleaning.duckdb.readers.reader import Reader
from medallion.cleaning.duckdb.readers.table import reader_of
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.duckdb.scales import scale_numbers
from medallion.cleaning.duckdb.whole_records import PROBLEM
from medallion.cleaning.duckdb.wide_records import long_records
from medallion.cleaning.verbs.chain import steps_of
from medallion.records import RecordLayout
from medallion.unpivot import UnpivotSpec, unpivot_layout

DIALECT = "duckdb"
REASONS = "_reasons"
RAW = "_raw"
DISCARDED = "_discarded"
"""Whether the filter or the schema contract does not want the row: a column where there is one."""

NULLED = "_nulled"
"""The columns of the row whose values are discarded; a column where the contract discards some."""

STRANGE = "_strange"
"""Whether the record has a field that the spec does not name."""

NUMBER = "_number"
"""The record's number in its part, from 1: a column where the rows do not come in their order."""

OK = "_ok"


def clean_query(
    columns: Mapping[str, ColumnSpec],
    layout: RecordLayout,
    path: str,
    *,
    primary_key: Iterable[str] = (),
    row_filter: str | None = None,
    contract: SchemaContract | None = None,
    unpivot: UnpivotSpec | None = None,
) -> exp.Select:
    """The SELECT that reads and cleans one part (`path`); an `Engine` renders it.

    Raises:
        DataRejected: the part has no such field.
    """
    reader = reader_of(layout)
    bronze, layout = _records(reader, layout, path, unpivot)
    every = reading.resolve(columns, primary_key, layout)
    resolved = [column for column in every if not computed.is_computed(column)]
    hidden = find_hidden_fields(every)
    # The record as it came is carried through every layer: behind them nobody has it any more.
    kept, record = reader.whole_record(layout, resolved)
    if hidden:
        record = build_record(resolved, partial(reader.field, layout=layout), hidden)
    layers = _Layers(bronze, kept)
    contract = contract or SchemaContract()
    lenient = contract.data_type is OtherTypes.DISCARD_VALUE
    if contract.columns is NewColumns.DISCARD_ROW:
        known = list_known_fields(columns, contract)
        layers.mark("met", STRANGE, reader.has_other_fields(layout, known))
    if any(map(is_joined, resolved)):
        layers.mark("numbered", NUMBER, _row_number())
    if (wrong := reader.problem(resolved, layout)) is not None:
        layers.mark("whole", PROBLEM, wrong)
    record = reader.keep_whole(record)
    if (parsed := reader.parse_once(resolved)) is not None:
        layers.add("parsed", exp.select("*", parsed))
    carried = map(column_of, layers.carried)
    layers.add("fields", exp.select(*reader.fields(resolved, layout), *carried))
    _clean(layers, resolved, json=reader.is_json)
    _compute(layers, every)
    _judge(layers, every, row_filter, lenient=lenient)
    outcome = _outcome(every, record, layers, filtered=row_filter is not None)
    if lenient:
        outcome = outcome.select(name_value(NULLED, list_discarded_values(every)))
    if NUMBER in layers.carried:
        outcome = outcome.select(column_of(NUMBER))
    if needs_key(columns):
        outcome = outcome.join(exp.to_table(KEY_RELATION), join_type="cross")
    return layers.finish(outcome)


def _records(
    reader: Reader, layout: RecordLayout, path: str, unpivot: UnpivotSpec | None
) -> tuple[exp.Select, RecordLayout]:
    """The records that are cleaned, and how they are laid out."""
    bronze = reader.read(path, layout)
    if unpivot is None:
        return bronze, layout
    how = unpivot_layout(layout, unpivot)
    return long_records(bronze, how), how.layout


def _clean(layers: _Layers, columns: Sequence[Column], *, json: bool) -> None:
    """From the texts of the fields to values: the verbs see what the source wrote, and what counts
    as missing is looked for after them (`trim` makes a blank text an empty one)."""
    if any(map(is_literal, columns)):
        layers.add("literals", _select(layers, columns, as_json))
    _make_lists(layers, columns, json=json)
    _apply_verbs(layers, columns)
    # `N/A` with a blank behind it is `N/A` only after the verbs.
    layers.add("known", _select(layers, columns, _without_null_values))
    _look_up(layers, columns)
    typed = [name_value(value_of(column.name), _type(column, json=json)) for column in columns]
    layers.add("typed", exp.select("*", *typed))


class _Layers:
    """Named SELECTs, each from the one before; DuckDB streams through them (not materialized)."""

    def __init__(self, innermost: exp.Select, carried: Iterable[str]) -> None:
        self._ctes: list[tuple[str, exp.Select]] = [("bronze", innermost)]
        self.carried = list(carried)
        """Columns beside the spec's own that every further layer hands on."""

    def add(self, name: str, select: exp.Select) -> None:
        """Put a layer over the last one; `select` has no FROM yet."""
        self._ctes.append((name, select.from_(self._last(), copy=False)))

    def mark(self, name: str, flag: str, value: exp.Expr) -> None:
        """A layer that adds a column about the record, which every further layer hands on."""
        self.add(name, exp.select("*", name_value(flag, value)))
        self.carried.append(flag)

    def finish(self, select: exp.Select) -> exp.Select:
        """The query around all layers; `select` is its outermost, over the last of them."""
        query = select.from_(self._last())
        for name, layer in self._ctes:
            query = query.with_(
                # Said for each layer: by itself DuckDB may hold a WITH in memory, as large as the
                # part.
                exp.to_identifier(name, quoted=True),
                as_=layer,
                materialized=False,
                copy=False,
            )
        return query

    def _last(self) -> exp.Table:
        return exp.to_table(self._ctes[-1][0], quoted=True)


def _row_number() -> exp.Expr:
    """Without PARTITION BY and ORDER BY it counts while it streams."""
    return exp.Window(this=exp.RowNumber())


def _select(
    layers: _Layers, columns: Sequence[Column], change: Callable[[Column], exp.Expr]
) -> exp.Select:
    changed = [name_value(column.name, change(column)) for column in columns]
    return exp.select(*changed, *(column_of(name) for name in layers.carried))


def _make_lists(layers: _Layers, columns: Sequence[Column], *, json: bool) -> None:
    """Arrays become lists of texts; what should be a JSON array and is none is flagged."""
    if not any(column.type.array for column in columns):
        return
    select = _select(layers, columns, lambda column: as_list(column, json=json))
    arrays = [column for column in columns if verdicts.can_be_shapeless(column)]
    for column in arrays:
        text = _null_if(column_of(column.name), column.null_values)
        neither = exp.and_(exp.not_(text.is_(exp.null())), exp.not_(is_array(column)))
        select = select.select(name_value(verdicts.shapeless_flag(column), neither))
    layers.add("lists", select)
    layers.carried += map(verdicts.shapeless_flag, arrays)


def _apply_verbs(layers: _Layers, columns: Sequence[Column]) -> None:
    steps = {column.name: steps_of(column.spec.clean, column.null_values) for column in columns}
    for depth in range(max(map(len, steps.values()), default=0)):

        def change(column: Column, depth: int = depth) -> exp.Expr:
            own = steps[column.name]
            if depth >= len(own):
                return column_of(column.name)
            return _each(column, own[depth])

        layers.add(f"cleaned_{depth + 1}", _select(layers, columns, change))


def _look_up(layers: _Layers, columns: Sequence[Column]) -> None:
    for column in columns:
        if column.spec.lookup:
            others = [other.name for other in columns if other is not column]
            select = join_lookup(column, [*others, *layers.carried])
            layers.add(f"looked_up_{column.name}", select)
            layers.carried.append(unknown_of(column))


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


def _type(column: Column, *, json: bool) -> exp.Expr:
    spec = column.spec
    held = element_of(column.held) if column.type.array else column.held

    def change(value: exp.Expr) -> exp.Expr:
        if spec.scale is not None:
            return scale_numbers(
                value, column.name, spec.scale, column.type, json=json or held in FLOATS
            )
        if column.straight and (typed := straight(value, column.type, held)):
            return typed
        formats = tuple(one for one in spec.format if one != PYTHON)
        if formats or spec.timezone:
            return moments.read(value, column.type, formats, spec.timezone, spec.pivot_year)
        return cast(value, column.type, json=json or held in FLOATS)

    return _each(column, change)


def _each(column: Column, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """The change of a column's value, or of each element where it is an array."""
    value = column_of(column.name)
    if not column.type.array:
        return change(value)
    element = exp.to_identifier("element")
    function = exp.Lambda(this=change(exp.column(element)), expressions=[element])
    return call("list_transform", value, function)


def _compute(layers: _Layers, columns: Sequence[Column]) -> None:
    names = {column.name for column in columns}
    for depth, level in enumerate(computed.levels(columns), start=1):
        layers.add(
            f"tried_{depth}", exp.select("*", *(computed.try_value(c, names) for c in level))
        )
        layers.add(f"computed_{depth}", exp.select("*", *map(computed.take_value, level)))


def _judge(
    layers: _Layers,
    columns: Sequence[Column],
    row_filter: str | None,
    *,
    lenient: bool,
) -> None:
    """A row that is not wanted is discarded, whatever else is wrong with it; but what the filter
    reads has to be right, or it says nothing.
    """
    whole = PROBLEM in layers.carried
    good = verdicts.is_good(columns, whole=whole, lenient=lenient)
    met_strange = [column_of(STRANGE)] if STRANGE in layers.carried else []
    if row_filter is None:
        judged = exp.select("*", name_value(OK, good))
        layers.add("judged", judged.select(*(name_value(DISCARDED, flag) for flag in met_strange)))
        return
    names = {column.name for column in columns}
    layers.add("filtered", exp.select("*", computed.try_filter(row_filter, names)))
    # Three outcomes: the filter could not be computed (quarantine), wants the row, or does not.
    # `unwanted` alone would discard the first silently.
    known = exp.not_(column_of(computed.FILTER).is_(exp.null()))
    wanted = call("struct_extract", column_of(computed.FILTER), "value")
    unwanted = exp.not_(call("coalesce", wanted, exp.false()))
    read = verdicts.is_good(computed.inputs(row_filter, columns), whole=whole)
    discarded = exp.or_(exp.and_(known, unwanted, read), *met_strange)
    layers.add(
        "judged",
        exp.select(
            "*", name_value(OK, exp.and_(good, known.copy())), name_value(DISCARDED, discarded)
        ),
    )


def _publish(column: Column) -> exp.Expr:
    """The typed value, or what protects it."""
    value, classification = column_of(value_of(column.name)), column.spec.classification
    if classification is None or not is_protected(column.spec):
        return value
    if not column.type.array:
        return protect(value, classification)
    element = exp.to_identifier("element")
    inner = protect(exp.column(element), classification)
    return call("list_transform", value, exp.Lambda(this=inner, expressions=[element.copy()]))


def _outcome(
    columns: Sequence[Column],
    record: exp.Expr,
    layers: _Layers,
    *,
    filtered: bool,
) -> exp.Select:
    good: exp.Expr = column_of(OK)
    discards = filtered or STRANGE in layers.carried
    if discards:
        good = exp.or_(good, column_of(DISCARDED))
    values = [
        name_value(column.name, encode_for_copy(_publish(column), column.type))
        for column in columns
        if not is_dropped(column.spec) and not column.helps
    ]
    reasons = exp.Case().when(
        exp.not_(good.copy()),
        verdicts.reasons(columns, whole=PROBLEM in layers.carried, filtered=filtered),
    )
    raw = exp.Case().when(exp.not_(good.copy()), record)
    flags = [column_of(DISCARDED)] if discards else []
    return exp.select(*values, name_value(REASONS, reasons), name_value(RAW, raw), *flags)
