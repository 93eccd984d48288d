"""Oracle, by python-oracledb in its thin mode: rows streamed in a read-only transaction.

What the driver's Python types lose is converted by the server, in a SELECT around the author's: a
time with a zone comes without it from the driver, and one of a named zone is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from medallion.errors import SetupError, SourceRefused
from medallion.sources.base.providers import missing
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.errors import translate_errors
from medallion.sources.database.query import Statement, quote_name
from medallion.sources.database.rows import FETCH_ROWS, Rows, batch_of_columns, fetch

if TYPE_CHECKING:
    import pyarrow as pa

CONNECT_TIMEOUT_SECONDS = 15
_PORT = 2484
"""Of TLS, as Oracle registers it; 1521 is without."""
_PROBE_MINUTES = 1
"""How often a silent server is asked whether it is there."""
_OPTIONS = (
    "service_name",
    "sid",
    "protocol",
    "wallet_location",
    "wallet_password",
    "ssl_server_dn_match",
    "ssl_server_cert_dn",
    "config_dir",
)
_SESSION = ("ALTER SESSION SET TIME_ZONE = 'UTC'", "SET TRANSACTION READ ONLY")
_WIDE = ("CLOB", "NCLOB", "BLOB", "LONG", "LONG_RAW", "LONG_NVARCHAR", "XMLTYPE", "JSON", "VECTOR")
_WIDE_ROWS = 100
"""So many rows are fetched at once where a column has no limit."""
_CONVERTED: Mapping[str, tuple[str, str]] = {
    "TIMESTAMP_TZ": ("SYS_EXTRACT_UTC(", ")"),
    "TIMESTAMP_LTZ": ("SYS_EXTRACT_UTC(", ")"),
    "INTERVAL_DS": ("TO_CHAR(", ")"),
    "INTERVAL_YM": ("TO_CHAR(", ")"),
    "JSON": ("JSON_SERIALIZE(", " RETURNING CLOB)"),
    "VECTOR": ("FROM_VECTOR(", " RETURNING CLOB)"),
}
"""What is put around a column by its type, so that its value comes whole."""
_MOST_DIGITS = 38


@contextmanager
def open_rows(details: ConnectionDetails, statement: Statement) -> Iterator[Rows]:
    """The rows of a statement in one snapshot, streamed.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: in the block too.
    """
    with translate_errors(details, "reading"), closing(_connect(details)) as connection:
        with closing(connection.cursor()) as cursor:
            for command in _SESSION:
                cursor.execute(command)
            columns = _describe(cursor, statement)
        with closing(connection.cursor()) as cursor:
            cursor.arraysize = _WIDE_ROWS if _is_wide(columns) else FETCH_ROWS
            cursor.outputtypehandler = _keep_digits
            _execute(cursor, convert(statement, columns))
            schema = schema_of(columns)
            yield Rows(schema=schema, batches=_batches(cursor, schema))


def connect_options(details: ConnectionDetails) -> dict[str, Any]:
    """What the driver connects by, password included: never log it. By TLS, with the server's name
    checked, unless the extra says otherwise; `dsn` there says it all by itself.

    Raises:
        SetupError: the connection names no server or no service.
    """
    extra = {key: details.extra[key] for key in _OPTIONS if details.extra.get(key) is not None}
    if isinstance(checked := extra.get("ssl_server_dn_match"), str):
        extra["ssl_server_dn_match"] = checked.strip().lower() not in ("no", "off", "false", "0")
    given: dict[str, Any] = {
        "user": details.login or None,
        "password": details.password or None,
        "tcp_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "expire_time": _PROBE_MINUTES,
        "program": "medallion",
    }
    if dsn := details.extra.get("dsn"):
        kept = {key: value for key, value in extra.items() if key not in ("service_name", "sid")}
        return {**given, **kept, "dsn": str(dsn)}
    if not details.host or not (extra.keys() & {"service_name", "sid"} or details.schema):
        raise SetupError(
            f"the connection {details.conn_id} names no server and service of Oracle",
            remedy="its host is the server; its extra has the `service_name`, the `sid` or a "
            "whole `dsn`",
        )
    if not extra.keys() & {"service_name", "sid"}:
        extra["service_name"] = details.schema
    protocol = {"protocol": "tcps", "ssl_server_dn_match": True, **extra}
    return {**given, **protocol, "host": details.host, "port": details.port or _PORT}


def _connect(details: ConnectionDetails) -> Any:
    try:
        import oracledb
    except ModuleNotFoundError:
        raise missing("oracle") from None
    return oracledb.connect(**connect_options(details))


def _describe(cursor: Any, statement: Statement) -> Sequence[Any]:
    """The columns of a SELECT, without a row of it being read."""
    sql, _ = statement.text(lambda name: f":{name}")
    cursor.parse(sql)
    if not cursor.description:
        raise SourceRefused("the query gives no rows", remedy="a source reads one SELECT")
    found: Sequence[Any] = cursor.description
    return found


def convert(statement: Statement, columns: Sequence[Any]) -> Statement:
    """The same rows, with what the driver would lose converted by the server.

    Args:
        columns: as the driver describes them: each has a `name` and a `type_code`.
    """
    kinds = [_kind(column) for column in columns]
    if not any(kind in _CONVERTED for kind in kinds):
        return statement
    selected = []
    for column, kind in zip(columns, kinds, strict=True):
        name = quote_name(column.name, statement.dialect)
        call, end = _CONVERTED.get(kind, ("", ""))
        selected.append(f"{call}of_source.{name}{end} AS {name}")
    before = " ".join(("SELECT", ", ".join(selected), "FROM ("))
    common, main = statement.wrap(before, ") of_source")
    return replace(statement, common=common, main=main)


def _execute(cursor: Any, statement: Statement) -> None:
    sql, names = statement.text(lambda name: f":{name}")
    values = {name: _bind(statement.values[name]) for name in names}
    # The driver takes a time for a DATE, which has whole seconds. Where there is no more to it,
    # that is what the index of a DATE column can be used with.
    exact = [name for name, value in values.items() if _has_fraction(value)]
    if exact:
        cursor.setinputsizes(**dict.fromkeys(exact, _timestamp_type()))
    cursor.execute(sql, values, fetch_lobs=False)


def _timestamp_type() -> Any:
    import oracledb

    return oracledb.DB_TYPE_TIMESTAMP


def _bind(value: datetime | date | int) -> datetime | date | int:
    """Times without their zone: the session's is UTC."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _has_fraction(value: object) -> bool:
    return isinstance(value, datetime) and bool(value.microsecond)


def _keep_digits(cursor: Any, metadata: Any) -> Any:
    """A NUMBER as a decimal: by itself the driver makes a float of many."""
    if _kind(metadata) == "NUMBER":
        return cursor.var(Decimal, arraysize=cursor.arraysize)
    return None


def schema_of(columns: Sequence[Any]) -> pa.Schema:
    """The types of a SELECT's columns in Arrow.

    Raises:
        SourceRefused: a column has a type that cannot be read.
    """
    import pyarrow as pa

    return pa.schema([pa.field(column.name, _arrow_type(column)) for column in columns])


def _arrow_type(column: Any) -> pa.DataType:
    import pyarrow as pa

    kind = _kind(column)
    if kind == "NUMBER":
        return _number_type(column.precision or 0, column.scale or 0)
    kinds: dict[str, pa.DataType] = {
        **dict.fromkeys(("VARCHAR", "NVARCHAR", "CHAR", "NCHAR", "ROWID", "UROWID"), pa.string()),
        **dict.fromkeys(("CLOB", "NCLOB", "LONG", "LONG_NVARCHAR", "XMLTYPE"), pa.string()),
        **dict.fromkeys(("JSON", "VECTOR", "INTERVAL_DS", "INTERVAL_YM"), pa.string()),
        **dict.fromkeys(("RAW", "LONG_RAW", "BLOB"), pa.binary()),
        **dict.fromkeys(("DATE", "TIMESTAMP"), pa.timestamp("us")),
        **dict.fromkeys(("TIMESTAMP_TZ", "TIMESTAMP_LTZ"), pa.timestamp("us", "UTC")),
        "BINARY_DOUBLE": pa.float64(),
        "BINARY_FLOAT": pa.float32(),
        "BINARY_INTEGER": pa.int64(),
        "BOOLEAN": pa.bool_(),
    }
    if kind not in kinds:
        raise SourceRefused(
            f"the column {column.name} has Oracle's type {kind}, which is not read here",
            remedy="leave it out of the `query`, or convert it there to a text or a BLOB",
        )
    return kinds[kind]


def _number_type(precision: int, scale: int) -> pa.DataType:
    """Of NUMBER(p, s), whose scale may be negative or beyond its precision; text of a NUMBER that
    has no digits, and of a FLOAT, whose scale is -127."""
    import pyarrow as pa

    digits = max(precision - min(scale, 0), scale)
    known = precision > 0 and scale != -127 and digits <= _MOST_DIGITS
    return pa.decimal128(digits, max(scale, 0)) if known else pa.string()


def _kind(column: Any) -> str:
    """`NUMBER`, of the driver's DB_TYPE_NUMBER."""
    return str(getattr(column.type_code, "name", column.type_code)).removeprefix("DB_TYPE_")


def _is_wide(columns: Sequence[Any]) -> bool:
    return any(_kind(column) in _WIDE for column in columns)


def _batches(cursor: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    texts = [at for at, field in enumerate(schema) if pa.types.is_string(field.type)]
    for rows in fetch(cursor, cursor.arraysize):
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for at in texts:
            columns[at] = [_as_text(value) for value in columns[at]]
        yield batch_of_columns(columns, schema)


def _as_text(value: object) -> str | None:
    """A number without an exponent: silver reads decimals from it."""
    if value is None or isinstance(value, str):
        return value
    return format(value, "f") if isinstance(value, Decimal) else str(value)
