"""Servers with PostgreSQL's protocol but without COPY (Denodo): rows by ordinary queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from medallion.errors import SourceRefused
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.errors import translate_errors
from medallion.sources.database.query import Statement
from medallion.sources.database.rows import FETCH_ROWS, Rows, batch_of_columns

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

_CHUNK_ROWS = 1000
_MOST_DIGITS = 38


@contextmanager
def open_rows(
    details: ConnectionDetails,
    conninfo: str,
    statement: Statement,
    look: Callable[[psycopg.Connection[Any]], None],
) -> Iterator[Rows]:
    """The rows of one statement, streamed; what a server does not know of transactions is left out.

    `look` sees the connection before anything is asked of it.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: in the block too.
    """
    import psycopg

    sql, names = statement.text(lambda name: f"%({name})s", doubled="%")
    values = {name: statement.values[name] for name in names} or None
    with (
        translate_errors(details, "reading"),
        psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection,
        connection.cursor() as cursor,
    ):
        look(connection)
        rows = cursor.stream(sql.encode(), values, size=_CHUNK_ROWS)
        first = list(islice(rows, FETCH_ROWS))
        if not first and cursor.description is None:  # of no rows a stream does not tell columns
            cursor.execute(sql.encode(), values)
        schema = _schema(cursor)
        yield Rows(schema=schema, batches=_batches(first, rows, schema))


def _schema(cursor: Any) -> pa.Schema:
    import pyarrow as pa

    if cursor.description is None:
        raise SourceRefused("the query gives no rows", remedy="a source reads one SELECT")
    return pa.schema([pa.field(column.name, _arrow_type(column)) for column in cursor.description])


def _arrow_type(column: Any) -> pa.DataType:
    """Of a type that every server of the protocol numbers alike; any other is landed as text."""
    import pyarrow as pa

    if column.type_code == 1700:
        digits, scale = column.precision or 0, column.scale or 0
        known = 0 < digits <= _MOST_DIGITS and 0 <= scale <= digits
        return pa.decimal128(digits, scale) if known else pa.string()
    kinds: dict[int, pa.DataType] = {
        16: pa.bool_(),
        17: pa.binary(),
        20: pa.int64(),
        21: pa.int16(),
        23: pa.int32(),
        700: pa.float32(),
        701: pa.float64(),
        1082: pa.date32(),
        1083: pa.time64("us"),
        1114: pa.timestamp("us"),
        1184: pa.timestamp("us", "UTC"),
    }
    return kinds.get(column.type_code, pa.string())


def _batches(
    first: Sequence[Sequence[Any]], rows: Iterator[Sequence[Any]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    texts = [at for at, field in enumerate(schema) if pa.types.is_string(field.type)]
    while first:
        columns: list[Sequence[Any]] = list(zip(*first, strict=True))
        for at in texts:
            columns[at] = [_as_text(value) for value in columns[at]]
        yield batch_of_columns(columns, schema)
        first = list(islice(rows, FETCH_ROWS))


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)
