"""A landed part → its records with every field as text: the innermost SELECT of the cleaning."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from medallion.cleaning.casts import call
from medallion.cleaning.columns import ColumnSpec
from medallion.cleaning.naming import column_of, named
from medallion.cleaning.paths import json_path
from medallion.cleaning.types import ColumnType, parse_type
from medallion.errors import DataRejected
from medallion.records import PARENT, RecordLayout

RECORD = "_record"
"""A record of JSON Lines, as it was landed."""

FIELDS = "_fields"
NO_NULL = r"\N~none~"
"""What stands for NULL in a CSV: nothing does, before the spec's null_values have their say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a spec, with its type read and its record's field settled."""

    name: str
    field: str
    type: ColumnType
    spec: ColumnSpec
    nullable: bool


def resolve(columns: Mapping[str, ColumnSpec], primary_key: Iterable[str]) -> tuple[Column, ...]:
    """The columns in the spec's order. One of the primary key is never nullable."""
    keys = frozenset(primary_key)
    return tuple(
        Column(
            name=name,
            field=spec.from_ or name,
            type=parse_type(spec.type),
            spec=spec,
            nullable=spec.nullable and name not in keys,
        )
        for name, spec in columns.items()
    )


def read(path: str, layout: RecordLayout) -> exp.Select:
    """The records of one part: `_1`, `_2` … of a CSV, `_record` of JSON Lines; in their order."""
    if layout.format == "csv":
        return exp.select("*").from_(_read_csv(path, layout))
    # Where each line is a record, a broken line is one broken record: it becomes NULL, and goes to
    # quarantine. A broken response body hides an unknown number of records: that is an error.
    documents = _table_function(
        "read_ndjson_objects",
        path,
        compression=exp.Literal.string(layout.compression),
        ignore_errors=exp.convert(not layout.records_path),
    )
    if not layout.records_path:
        return exp.select(named(RECORD, column_of("json"))).from_(documents)
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


def fields(columns: Iterable[Column], layout: RecordLayout) -> list[exp.Expr]:
    """Each column's field as text; an array's still as JSON.

    Raises:
        DataRejected: a CSV has no such column.
    """
    return _csv_fields(columns, layout) if layout.format == "csv" else _json_fields(columns)


WIDE = 200
"""Of a record of more fields a quarantined row keeps those that the spec names: bronze has the
others, and thousands of them, carried through the query, would fill the memory.
"""


def whole_record(layout: RecordLayout, columns: Iterable[Column]) -> tuple[list[str], exp.Expr]:
    """The columns that hold the record as it was landed, and that record as a JSON text.

    Making the text of a CSV's record is dear: it is made at the end, for the rows that need it.
    """
    if layout.format == "jsonl":
        return [RECORD], exp.cast(column_of(RECORD), "text")
    kept = list(zip(layout.columns, _csv_names(layout), strict=True))
    if len(kept) > WIDE:
        wanted = {column.field for column in columns}
        kept = [(header, name) for header, name in kept if header in wanted]
    pairs: list[exp.Expr | str] = []
    for header, name in kept:
        pairs += [header, column_of(name)]
    return [name for _, name in kept], exp.cast(call("json_object", *pairs), "text")


def pointer(dotted: str) -> str:
    """A dotted path as a JSON pointer (RFC 6901), in which any name can be written.

    >>> pointer("images.a/b")
    '/images/a~1b'
    """
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in dotted.split("."))


def json_paths(columns: Iterable[Column]) -> exp.Expr:
    """All fields of a JSON record at once: the record is parsed a single time."""
    paths = [exp.Literal.string(json_path(column.field).pointer) for column in columns]
    return call("json_extract_string", column_of(RECORD), exp.Array(expressions=paths))


def _json_fields(columns: Iterable[Column]) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for number, column in enumerate(columns, start=1):
        value = exp.Bracket(
            this=column_of(FIELDS), expressions=[exp.Literal.number(number)], offset=1
        )
        found.append(named(column.name, value))
    return found


def _csv_fields(columns: Iterable[Column], layout: RecordLayout) -> list[exp.Expr]:
    columns = tuple(columns)
    missing = sorted({c.field for c in columns if c.field not in layout.columns})
    if missing:
        raise DataRejected(
            f"the file has no column {', '.join(map(repr, missing))}; its header is "
            f"{', '.join(map(repr, layout.columns))}",
            remedy=_meant(missing, layout) + "name the header in `from`, or mend the file",
        )
    return [
        exp.alias_(
            column_of(f"_{layout.columns.index(column.field) + 1}"), column.name, quoted=True
        )
        for column in columns
    ]


def _meant(missing: Iterable[str], layout: RecordLayout) -> str:
    close = [difflib.get_close_matches(name, layout.columns, n=1) for name in missing]
    names = [repr(match[0]) for match in close if match]
    return f"did you mean {', '.join(names)}? " if names else ""


def _csv_names(layout: RecordLayout) -> list[str]:
    """Fields by their place: a header can say anything."""
    return [f"_{number}" for number in range(1, len(layout.columns) + 1)]


def _read_csv(path: str, layout: RecordLayout) -> exp.Expr:
    columns = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=exp.Literal.string("VARCHAR"))
            for name in _csv_names(layout)
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


def _table_function(name: str, path: str, **options: exp.Expr) -> exp.Expr:
    named = [
        exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()
    ]
    return exp.Anonymous(this=name, expressions=[exp.Literal.string(path), *named])
