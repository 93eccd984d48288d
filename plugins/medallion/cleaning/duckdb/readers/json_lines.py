"""Parts of JSON Lines: each line one record, or a response body that has a list of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

from sqlglot import exp

from medallion.cleaning.declared.number_codes import encode_key
from medallion.cleaning.declared.paths import json_path, step
from medallion.cleaning.duckdb import whole_records
from medallion.cleaning.duckdb.casts import call
from medallion.cleaning.duckdb.json_numbers import keep_digits, restore_number
from medallion.cleaning.duckdb.naming import column_of, name_value
from medallion.cleaning.duckdb.python_literals import is_literal
from medallion.cleaning.duckdb.readers.reader import Reader, table_function
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.duckdb.whole_records import RECORD
from medallion.records import MESSAGE, MESSAGE_PROBLEM, PARENT, RecordLayout

FIELDS = "_fields"
"""The texts of all fields that the spec names, in its order."""


class JsonLines(Reader):
    """A record is one JSON column, `_record`."""

    is_json = True

    def read(self, path: str, layout: RecordLayout) -> exp.Select:
        """`_record` for each line, or for each element of the list at `records_path`."""
        # Where each line is a record, a broken line is one broken record: it becomes NULL, and
        # goes to quarantine. A broken response body hides an unknown number of records: that is
        # an error.
        documents = table_function(
            "read_ndjson_objects",
            path,
            compression=exp.Literal.string(layout.compression),
            ignore_errors=exp.convert(not layout.records_path),
        )
        document = keep_digits(exp.cast(column_of("json"), "text"))
        if not layout.records_path:
            return exp.select(name_value(RECORD, document)).from_(documents)
        documents = exp.select(name_value("json", document)).from_(documents).subquery()
        place = pointer(layout.records_path)
        records = exp.Case().when(
            call("json_type", column_of("json"), place).eq("ARRAY"),
            exp.cast(call("json_extract", column_of("json"), place), "JSON[]"),
        )
        found = exp.select(name_value(RECORD, call("unnest", records))).from_(documents)
        if not layout.with_parent:
            return found
        found = found.select(
            name_value(PARENT, call("json_extract", column_of("json"), pointer(PARENT)))
        )
        return exp.select(name_value(RECORD, _beside_parent())).from_(found.subquery())

    def whole_record(
        self, layout: RecordLayout, columns: Iterable[Column]
    ) -> tuple[list[str], exp.Expr]:
        """`_record`, with its numbers as the source wrote them."""
        return [RECORD], restore_number(exp.cast(column_of(RECORD), "text"))

    def problem(self, columns: Sequence[Column], layout: RecordLayout) -> exp.Expr | None:
        """The record is not an object, or has a key twice on a column's path; a message of a
        stream cannot be read, or the source says what is wrong with it."""
        found = whole_records.problem(columns, layout)
        by_source = layout.problem_field
        if layout.holds_messages:
            by_source = f"{MESSAGE}.{MESSAGE_PROBLEM}"
        if not by_source:
            return found
        unread = pointer(by_source)
        said = restore_number(call("json_extract_string", column_of(RECORD), unread))
        return call("coalesce", said, found)

    def parse_once(self, columns: Sequence[Column]) -> exp.Expr | None:
        """`_fields`, the texts of all fields: each record is parsed only once."""
        return name_value(FIELDS, json_paths(columns))

    def fields(self, columns: Sequence[Column], layout: RecordLayout) -> list[exp.Expr]:
        """Each column's text out of `_fields`. A json column is taken from the record, where it
        keeps its quotes."""
        numbers = count(1)
        found: list[exp.Expr] = []
        for column in columns:
            values = [_value(column, field, next(numbers)) for field in column.fields]
            value = values[0] if len(values) == 1 else call("coalesce", *values)
            found.append(name_value(column.name, value))
        return found

    def field(self, name: str, layout: RecordLayout) -> exp.Expr:
        """The JSON value at a column's path."""
        return call("json_extract", column_of(RECORD), json_path(name).pointer)

    def has_other_fields(self, layout: RecordLayout, known: Iterable[str]) -> exp.Expr:
        """Whether a key that is not known has a value other than null."""
        key = exp.to_identifier("key")
        names = exp.Array(
            expressions=[exp.Literal.string(encode_key(name)) for name in sorted(known)]
        )
        is_other = exp.not_(call("list_contains", names, exp.column(key)))
        at = call(
            "concat",
            exp.Literal.string("/"),
            call("replace", call("replace", exp.column(key), "~", "~0"), "/", "~1"),
        )
        kind = call("json_type", column_of(RECORD), at)
        test = exp.Lambda(
            this=exp.and_(is_other, exp.NEQ(this=kind, expression=exp.Literal.string("NULL"))),
            expressions=[key.copy()],
        )
        others = call("list_filter", call("json_keys", column_of(RECORD)), test)
        return call("coalesce", call("len", others) > exp.Literal.number(0), exp.false())


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


def _value(column: Column, field: str, number: int) -> exp.Expr:
    """The text of a column's field, which is the `number`th of `_fields`."""
    if column.type.name == "json" and not is_literal(
        column
    ):  # a text keeps its quotes; null is not a value here
        json = call("json_extract", column_of(RECORD), json_path(field).pointer)
        return restore_number(call("nullif", exp.cast(json, "text"), "null"))
    at = exp.Literal.number(number)
    return exp.Bracket(this=column_of(FIELDS), expressions=[at], offset=1)


def pointer(dotted: str) -> str:
    """A dotted path as a JSON pointer (RFC 6901), in which any name can be written.

    >>> pointer("images.a/b")
    '/images/a~1b'
    """
    return "".join(map(step, dotted.split(".")))


def json_paths(columns: Iterable[Column]) -> exp.Expr:
    """The texts of all fields of `_record` as one list, in the order of `Column.fields`."""
    fields = (field for column in columns for field in column.fields)
    paths = [exp.Literal.string(json_path(field).pointer) for field in fields]
    found = call("json_extract_string", column_of(RECORD), exp.Array(expressions=paths))
    text = exp.to_identifier("text")
    written = exp.Lambda(this=restore_number(exp.column(text)), expressions=[text.copy()])
    return call("list_transform", found, written)
