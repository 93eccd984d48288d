"""MySQL and MariaDB: rows streamed in one consistent snapshot, each value read from its exact text.

The driver's own conversions lose what Python types cannot hold (a date of zeros becomes a text or
nothing). Without them, Arrow reads the texts that the server sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from medallion.errors import SetupError
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.errors import translate_errors
from medallion.sources.database.kinds import package_of
from medallion.sources.database.query import Statement
from medallion.sources.database.rows import Rows, cast_texts, fetch

if TYPE_CHECKING:
    import pyarrow as pa

CONNECT_TIMEOUT_SECONDS = 15
_SESSION = (
    "SET SESSION time_zone = '+00:00'",
    # The server ends a connection whose rows nobody takes: the lake may be slow.
    "SET SESSION net_write_timeout = 3600",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
_BINARY = 63
"""The character set of what is not a text."""
_UNSIGNED = 32
_MOST_DIGITS = 38


@contextmanager
def open_rows(details: ConnectionDetails, statement: Statement) -> Iterator[Rows]:
    """The rows of a statement in one snapshot, streamed.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: in the block too.
    """
    try:
        from pymysql.cursors import SSCursor
    except ModuleNotFoundError:
        raise SetupError(
            f"the connection {details.conn_id} is of type {details.conn_type}: its driver is not "
            "installed",
            remedy=f"install {package_of(details.conn_type)}, or PyMySQL alone",
        ) from None
    sql, names = statement.text(lambda name: "%s", doubled="%")
    values = tuple(_bind(statement.values[name]) for name in names)
    with (
        translate_errors(details, "reading"),
        closing(_connect(details)) as connection,
    ):
        with connection.cursor() as cursor:
            for command in _SESSION:
                cursor.execute(command)
        with closing(SSCursor(connection)) as cursor:
            cursor.execute(sql, values or None)
            schema = _schema(cursor)
            yield Rows(schema=schema, batches=_batches(cursor, schema))


def _connect(details: ConnectionDetails) -> Any:
    import pymysql

    extra = details.extra
    return pymysql.connect(
        host=details.host or "localhost",
        port=details.port or 3306,
        user=details.login or None,
        password=details.password,
        database=details.schema or None,
        unix_socket=extra.get("unix_socket"),
        charset="utf8mb4",
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        ssl=extra.get("ssl"),
        conv={},
        local_infile=False,
        autocommit=True,
        program_name="medallion",
    )


def _bind(value: datetime | date | int) -> str:
    """Times without their zone: the session's is UTC."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(value)


def _schema(cursor: Any) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([pa.field(field.name, _arrow_type(field)) for field in cursor._result.fields])


def _arrow_type(field: Any) -> pa.DataType:
    """Of a column, as the server describes it; TIME reaches further than a day: it stays a text."""
    import pyarrow as pa
    from pymysql.constants import FIELD_TYPE as T

    unsigned = bool(field.flags & _UNSIGNED)
    whole: dict[int, tuple[pa.DataType, pa.DataType]] = {
        T.TINY: (pa.int8(), pa.uint8()),
        T.SHORT: (pa.int16(), pa.uint16()),
        T.INT24: (pa.int32(), pa.uint32()),
        T.LONG: (pa.int32(), pa.uint32()),
        T.LONGLONG: (pa.int64(), pa.uint64()),
        T.YEAR: (pa.int16(), pa.uint16()),
    }
    if field.type_code in whole:
        return whole[field.type_code][unsigned]
    if field.type_code in (T.DECIMAL, T.NEWDECIMAL):
        digits = field.length - (field.scale > 0) - (not unsigned)
        return pa.decimal128(digits, field.scale) if digits <= _MOST_DIGITS else pa.string()
    plain: dict[int, pa.DataType] = {
        T.FLOAT: pa.float32(),
        T.DOUBLE: pa.float64(),
        T.DATE: pa.date32(),
        T.NEWDATE: pa.date32(),
        T.DATETIME: pa.timestamp("us"),
        T.TIMESTAMP: pa.timestamp("us", "UTC"),
        T.TIME: pa.string(),
        T.JSON: pa.string(),
        T.NULL: pa.string(),
    }
    return plain.get(field.type_code) or (
        pa.binary() if field.charsetnr == _BINARY else pa.string()
    )


def _batches(cursor: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for rows in fetch(cursor):
        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True))
        arrays = [_array(values, field) for values, field in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], field: pa.Field[Any]) -> Any:
    import pyarrow as pa

    if pa.types.is_binary(field.type):
        return pa.array(values, pa.binary())
    texts = pa.array(values, pa.string())
    if pa.types.is_timestamp(field.type):
        naive = cast_texts(texts, field.with_type(pa.timestamp("us")))
        return naive.cast(pa.int64()).cast(field.type)
    return cast_texts(texts, field)
