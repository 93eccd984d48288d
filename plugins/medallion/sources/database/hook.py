"""Any database that an Airflow provider connects to, through its DB-API connection.

Drivers say little about types, so a column's type follows from its first rows, and from its digits
if the driver reports them. What fits no type is landed as text; a later value of another kind than
the first ones is an error that says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from medallion.errors import SourceRefused
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.errors import translate_errors
from medallion.sources.database.kinds import kind_of
from medallion.sources.database.postgres import IDENTITY, refuse_warehouse
from medallion.sources.database.query import Statement
from medallion.sources.database.rows import FETCH_ROWS, Rows, batch_of_columns, fetch

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_DIGITS = 38
_NAMED: dict[str, Callable[[str], str]] = {
    "pyformat": lambda name: f"%({name})s",
    "named": lambda name: f":{name}",
}
_PLACED = {"qmark": "?", "format": "%s"}
"""The ways in which drivers write placeholders (PEP 249's paramstyle)."""


@contextmanager
def open_rows(
    details: ConnectionDetails,
    statement: Statement,
    connect: Callable[[str], Any],
    warehouse: str = "",
) -> Iterator[Rows]:
    """The rows of a statement, streamed by a cursor; one statement reads one snapshot.

    Args:
        details: of the connection, for messages.
        statement: what is asked.
        connect: opens a DB-API connection by the id of an Airflow connection.
        warehouse: the identity of the warehouse, which must not be read, whatever leads to it.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: in the block too.
    """
    with translate_errors(details, "connecting"):
        connection = connect(details.conn_id)
    driver = type(connection).__module__.split(".")[0]
    with translate_errors(details, "reading"), closing(connection):
        if warehouse and not kind_of(details.conn_type).dialect:
            refuse_warehouse(details, warehouse, _identity_of(connection))
        with closing(_cursor(connection, driver)) as cursor:
            style = getattr(sys.modules.get(driver), "paramstyle", "qmark")
            yield read_cursor(cursor, statement, style)


def read_cursor(
    cursor: Any,
    statement: Statement,
    style: str,
    rows_at_once: Callable[[Any], int] = lambda _: FETCH_ROWS,
) -> Rows:
    """What a statement gives, streamed by a cursor of the DB-API.

    Args:
        style: how the driver writes placeholders, PEP 249's `paramstyle`.
        rows_at_once: how many rows are fetched at once, by the cursor's description.
    """
    cursor.arraysize = FETCH_ROWS
    _execute(cursor, statement, style)
    # Some have no description before the first fetch.
    rows = fetch(cursor, rows_at_once(cursor.description or ()))
    first = next(rows, [])
    if not cursor.description:
        raise SourceRefused("the query gives no rows", remedy="a source reads one SELECT")
    schema = _schema(cursor, first)
    times = _times(schema, first)
    return Rows(schema=schema, batches=_batches(first, rows, schema), times=times)


def _identity_of(connection: Any) -> str:
    """What a server of PostgreSQL says it is; another one refuses the query."""
    row: Sequence[Any] | None = None
    with suppress(Exception), closing(connection.cursor()) as cursor:
        cursor.execute(IDENTITY)
        row = cursor.fetchone()
    with suppress(Exception):
        connection.rollback()
    return f"{row[0]}/{row[1]}" if row else ""


def _cursor(connection: Any, driver: str) -> Any:
    """One that streams, where the driver does so only when it is asked."""
    return connection.cursor(*(("medallion",) if driver == "psycopg2" else ()))


def _execute(cursor: Any, statement: Statement, style: str) -> None:
    doubled = "%" if "format" in style else ""
    written = _NAMED.get(style, lambda name: _PLACED.get(style, "?"))
    sql, names = statement.text(written, doubled=doubled)
    if not names:
        cursor.execute(sql)
        return
    values = {name: _bind(statement.values[name]) for name in names}
    cursor.execute(sql, values if style in _NAMED else [values[name] for name in names])


def _bind(value: datetime | date | int) -> datetime | date | int:
    """Times in UTC without their zone: few drivers take one."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _schema(cursor: Any, first: Sequence[Sequence[Any]]) -> pa.Schema:
    import pyarrow as pa

    description = cursor.description or []
    columns = list(zip(*first, strict=True)) or [()] * len(description)
    return pa.schema(
        [
            pa.field(described[0], _arrow_type(described, values))
            for described, values in zip(description, columns, strict=True)
        ]
    )


def _times(schema: pa.Schema, first: Sequence[Sequence[Any]]) -> frozenset[str]:
    """Columns that the driver gives as times, or of which it has given nothing yet."""
    columns = list(zip(*first, strict=True)) or [()] * len(schema)
    return frozenset(
        name
        for name, values in zip(schema.names, columns, strict=True)
        if all(value is None or isinstance(value, date) for value in values)
    )


def _arrow_type(described: Sequence[Any], values: Sequence[Any]) -> pa.DataType:
    """Of a column, from what the driver says of it and from its first values."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    precision, scale = ((*described, None, None)[4:6]) if len(described) >= 6 else (None, None)
    if kinds == {Decimal}:
        known = bool(precision) and 0 < precision <= _MOST_DIGITS and 0 <= (scale or 0) <= precision
        return pa.decimal128(precision, scale or 0) if known else pa.string()
    if kinds == {datetime}:
        zones = {value.tzinfo is not None for value in values if value is not None}
        return pa.string() if len(zones) > 1 else pa.timestamp("us", "UTC" if zones.pop() else None)
    one: dict[type, pa.DataType] = {
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        date: pa.date32(),
        time: pa.time64("us"),
        bytes: pa.binary(),
        bytearray: pa.binary(),
        memoryview: pa.binary(),
    }
    return one.get(kinds.pop(), pa.string()) if len(kinds) == 1 else pa.string()


def _batches(
    first: Sequence[Sequence[Any]], rows: Iterator[Sequence[Sequence[Any]]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    texts = [at for at, field in enumerate(schema) if pa.types.is_string(field.type)]
    while first:
        columns: list[Sequence[Any]] = list(zip(*first, strict=True))
        for at in texts:
            columns[at] = [_as_text(value) for value in columns[at]]
        yield batch_of_columns(columns, schema)
        first = next(rows, [])


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date | time) else str(value)
