"""A landed part → its records, the innermost SELECT of the cleaning.

Every field is a text there, but for values of Parquet that need not become one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.paths import json_path, step
from medallion.cleaning.declared.types import ColumnType, parse_type
from medallion.cleaning.duckdb import held as held_values
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.json_numbers import as_written, keep_digits
from medallion.cleaning.duckdb.naming import column_of, named
from medallion.errors import DataRejected
from medallion.records import PARENT, RecordLayout

RECORD = "_record"
"""A record of JSON Lines, as it was landed."""

FIELDS = "_fields"
NO_NULL = r"\N~none~"
"""What means NULL in a CSV: nothing does, before the spec's null_values have their say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a spec, with its type read and its record's field settled.

    Attributes:
        held: the type in which Parquet holds the field, as DuckDB calls it; else empty.
        straight: whether the value is converted as it is held, and not by its text.
    """

    name: str
    field: str
    type: ColumnType
    spec: ColumnSpec
    nullable: bool
    held: str = ""
    straight: bool = False

    @property
    def holds_list(self) -> bool:
        """Whether an array comes as a list, and not as a JSON text."""
        return self.type.array and bool(held_values.element_of(self.held))

    @property
    def null_values(self) -> tuple[str, ...]:
        """The texts that mean NULL. Where NULL can be written, an empty text is none."""
        if self.spec.null_values is not None:
            return self.spec.null_values
        return () if self.held else ("",)


def resolve(
    columns: Mapping[str, ColumnSpec], primary_key: Iterable[str], layout: RecordLayout
) -> tuple[Column, ...]:
    """The columns in the spec's order. One of the primary key is never nullable."""
    keys = frozenset(primary_key)
    types = dict(zip(layout.columns, layout.types, strict=True)) if layout.types else {}
    found = []
    for name, spec in columns.items():
        field, column_type = spec.from_ or name, parse_type(spec.type)
        held = types.get(field, "")
        found.append(
            Column(
                name=name,
                field=field,
                type=column_type,
                spec=spec,
                nullable=spec.nullable and name not in keys,
                held=held,
                straight=bool(held) and held_values.goes_straight(spec, column_type, held),
            )
        )
    return tuple(found)


def read(path: str, layout: RecordLayout) -> exp.Select:
    """The records of one part, in their order: `_record` of JSON Lines, else `_1`, `_2` …"""
    if layout.format == "csv":
        return exp.select("*").from_(_read_csv(path, layout))
    if layout.format == "parquet":
        return exp.select("*").from_(_read_parquet(path, layout))
    # Where each line is a record, a broken line is one broken record: it becomes NULL, and goes to
    # quarantine. A broken response body hides an unknown number of records: that is an error.
    documents = _table_function(
        "read_ndjson_objects",
        path,
        compression=exp.Literal.string(layout.compression),
        ignore_errors=exp.convert(not layout.records_path),
    )
    document = keep_digits(exp.cast(column_of("json"), "text"))
    if not layout.records_path:
        return exp.select(named(RECORD, document)).from_(documents)
    documents = exp.select(named("json", document)).from_(documents).subquery()
    place = pointer(layout.records_path)
    records = exp.Case().when(
        call("json_type", column_of("json"), place).eq("ARRAY"),
        exp.cast(call("json_extract", column_of("json"), place), "JSON[]"),
    )
    found = exp.select(named(RECORD, call("unnest", records))).from_(documents)
    if not layout.with_parent:
        return found
    found = found.select(named(PARENT, call("json_extract", column_of("json"), pointer(PARENT))))
    return exp.select(named(RECORD, _beside_parent())).from_(found.subquery())


def _beside_parent() -> exp.Expr:
    """The record with `_parent` as its first field: the others stay as they were spelled."""
    record = exp.cast(column_of(RECORD), "text")
    parent = exp.cast(column_of(PARENT), "text")
    comma = exp.Case().when(record.eq("{}"), exp.Literal.string("")).else_(exp.Literal.string(","))
    fields = call("substr", record, exp.Literal.number(2))
    joined = call("concat", exp.Literal.string(f'{{"{PARENT}":'), parent, comma, fields)
    return (
        exp.Case().when(call("starts_with", record, exp.Literal.string("{")), joined).else_(record)
    )


def values(path: str, layout: RecordLayout, names: Iterable[str], *, text: bool) -> exp.Select:
    """Some columns of a part of Parquet, in the order of the names: as texts, or as they are held.

    Where they are not asked for as texts, decimals are floating-point numbers, and days that no
    calendar of years 1 to 9999 has are NULL.
    """
    places = dict(zip(layout.columns, zip(_places(layout), layout.types, strict=True), strict=True))
    found: list[exp.Expr] = []
    for place, held in (places[name] for name in names):
        value: exp.Expr = column_of(place)
        if text or held == held_values.OTHER:
            value = held_values.text_of(value, held)
        elif held.startswith("DECIMAL") and not held.endswith("[]"):
            value = exp.cast(value, "double")
        elif held == "DATE":
            value = held_values.in_our_years(value, value)
        found.append(named(place, value))
    return exp.select(*found).from_(_read_parquet(path, layout))


def fields(columns: Iterable[Column], layout: RecordLayout) -> list[exp.Expr]:
    """Each column's field as text, an array's still as JSON; or as it is held, where it goes on so.

    Raises:
        DataRejected: the records have no such column.
    """
    return _json_fields(columns) if layout.format == "jsonl" else _placed_fields(columns, layout)


WIDE = 200
"""Of a record of more fields a quarantined row keeps those that the spec names: bronze has the
others, and thousands of them, carried through the query, would fill the memory.
"""


def whole_record(layout: RecordLayout, columns: Iterable[Column]) -> tuple[list[str], exp.Expr]:
    """The columns that hold the record as it was landed, and that record as a JSON text.

    Making the text of a CSV's record is dear: it is made at the end, for the rows that need it.
    """
    if layout.format == "jsonl":
        return [RECORD], as_written(exp.cast(column_of(RECORD), "text"))
    types = layout.types or (held_values.TEXT,) * len(layout.columns)
    kept = list(zip(layout.columns, _places(layout), types, strict=True))
    if len(kept) > WIDE:
        wanted = {column.field for column in columns}
        kept = [place for place in kept if place[0] in wanted]
    pairs: list[exp.Expr | str] = []
    for header, name, held in kept:
        value = column_of(name)
        pairs += [header, held_values.json_of(value, held) if layout.types else value]
    return [name for _, name, _ in kept], exp.cast(call("json_object", *pairs), "text")


def pointer(dotted: str) -> str:
    """A dotted path as a JSON pointer (RFC 6901), in which any name can be written.

    >>> pointer("images.a/b")
    '/images/a~1b'
    """
    return "".join(map(step, dotted.split(".")))


def json_paths(columns: Iterable[Column]) -> exp.Expr:
    """All fields of a JSON record at once: the record is parsed a single time."""
    paths = [exp.Literal.string(json_path(column.field).pointer) for column in columns]
    found = call("json_extract_string", column_of(RECORD), exp.Array(expressions=paths))
    text = exp.to_identifier("text")
    written = exp.Lambda(this=as_written(exp.column(text)), expressions=[text.copy()])
    return call("list_transform", found, written)


def _json_fields(columns: Iterable[Column]) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for number, column in enumerate(columns, start=1):
        value: exp.Expr = exp.Bracket(
            this=column_of(FIELDS), expressions=[exp.Literal.number(number)], offset=1
        )
        if column.type.name == "json":  # a text keeps its quotes; null is not a value here
            json = call("json_extract", column_of(RECORD), json_path(column.field).pointer)
            value = as_written(call("nullif", exp.cast(json, "text"), "null"))
        found.append(named(column.name, value))
    return found


def _placed_fields(columns: Iterable[Column], layout: RecordLayout) -> list[exp.Expr]:
    columns = tuple(columns)
    places = dict(zip(layout.columns, _places(layout), strict=True))
    missing = sorted({c.field for c in columns if c.field not in layout.columns})
    if missing:
        what, whose, remedy = _words(layout)
        raise DataRejected(
            f"the {what} no column {', '.join(map(repr, missing))}; {whose} "
            f"{', '.join(map(repr, layout.columns))}",
            remedy=_meant(missing, layout) + remedy,
        )
    return [
        named(column.name, _field(column, column_of(places[column.field]))) for column in columns
    ]


def _field(column: Column, value: exp.Expr) -> exp.Expr:
    """A value of the record as it goes on: as it is held, as its text, or as a list of texts."""
    element = held_values.element_of(column.held)
    if column.straight or not column.held or (column.holds_list and element == held_values.TEXT):
        return value
    if not (column.type.array and element):
        return held_values.text_of(value, column.held)
    name = exp.to_identifier("element")
    text = held_values.text_of(exp.column(name), element)
    return call("list_transform", value, exp.Lambda(this=text, expressions=[name.copy()]))


def _meant(missing: Iterable[str], layout: RecordLayout) -> str:
    close = [difflib.get_close_matches(name, layout.columns, n=1) for name in missing]
    names = [repr(match[0]) for match in close if match]
    return f"did you mean {', '.join(names)}? " if names else ""


def _words(layout: RecordLayout) -> tuple[str, str, str]:
    if layout.format == "csv":
        return "file has", "its header is", "name the header in `from`, or fix the file"
    return "records have", "they have", "name one of these in `from`"


def places(layout: RecordLayout) -> list[tuple[str, str]]:
    """Each field's name, and the column that holds it."""
    return list(zip(layout.columns, _places(layout), strict=True))


def _places(layout: RecordLayout) -> list[str]:
    """Fields by their place: a header can say anything."""
    return [f"_{number}" for number in range(1, len(layout.columns) + 1)]


def _read_csv(path: str, layout: RecordLayout) -> exp.Expr:
    columns = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=exp.Literal.string("VARCHAR"))
            for name in _places(layout)
        ]
    )
    return _table_function(
        "read_csv",
        path,
        columns=columns,
        auto_detect=exp.false(),
        header=exp.true(),
        delim=exp.Literal.string(layout.delimiter),
        quote=exp.Literal.string(layout.quote),
        escape=exp.Literal.string(layout.quote),
        nullstr=exp.Literal.string(NO_NULL),
        compression=exp.Literal.string(layout.compression),
        store_rejects=exp.true(),
        rejects_limit=exp.Literal.number(0),
    )


def _read_parquet(path: str, layout: RecordLayout) -> exp.Expr:
    """By the place of the columns: DuckDB takes names that differ in case only for the same."""
    places = [exp.to_identifier(name, quoted=True) for name in _places(layout)]
    return exp.Table(
        this=_table_function("read_parquet", path),
        alias=exp.TableAlias(this=exp.to_identifier("part"), columns=places),
    )


def _table_function(name: str, path: str, **options: exp.Expr) -> exp.Expr:
    named = [
        exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()
    ]
    return exp.Anonymous(this=name, expressions=[exp.Literal.string(path), *named])
