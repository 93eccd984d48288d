"""SQL Server and Azure SQL, by Microsoft's own driver: rows as Arrow, in one snapshot where the
database allows it.

SQL Server has no transaction that only reads. A query is held to its words (`select`), and what
happens in its session is rolled back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from medallion.errors import SetupError, SourceRefused
from medallion.sources.base.providers import missing
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.errors import translate_errors
from medallion.sources.database.extras import read_options
from medallion.sources.database.query import Statement
from medallion.sources.database.rows import FETCH_ROWS, Rows, unfit

if TYPE_CHECKING:
    import pyarrow as pa

CONNECT_TIMEOUT_SECONDS = 15
_PORT = 1433
_OPTIONS = {
    "encrypt": "Encrypt",
    "trustservercertificate": "TrustServerCertificate",
    "hostnameincertificate": "HostnameInCertificate",
    "servercertificate": "ServerCertificate",
    "applicationintent": "ApplicationIntent",
    "multisubnetfailover": "MultiSubnetFailover",
    "authentication": "Authentication",
}
"""What the connection's extra may say, by its name in small letters, as the driver spells it."""
_SNAPSHOTS = (
    "SELECT snapshot_isolation_state, is_read_committed_snapshot_on"
    " FROM sys.databases WHERE name = DB_NAME()"
)
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL SNAPSHOT"
_ON = 1
_NOT_LOADED = "Failed to load the driver"
_WIDE_ROWS = 100
"""So many rows are fetched at once where a column has no limit."""
_FETCHED_BYTES = 32 * 1024**2
"""About so much is fetched at once: the driver takes memory for the longest row that may come."""


@contextmanager
def open_rows(
    details: ConnectionDetails, statement: Statement, log: logging.Logger
) -> Iterator[Rows]:
    """The rows of a statement, streamed.

    Args:
        details: of the connection.
        statement: what is asked.
        log: gets a warning where the database allows no snapshot.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: in the block too.
    """
    sql, names = statement.text(lambda name: "?")
    values = [_bind(statement.values[name]) for name in names]
    with translate_errors(details, "reading"), closing(_connect(details)) as connection:
        with closing(connection.cursor()) as cursor:
            _begin(cursor, details, log)
        with closing(connection.cursor()) as cursor:
            cursor.execute(sql, values) if values else cursor.execute(sql)
            if not cursor.description:
                raise SourceRefused("the query gives no rows", remedy="a source reads one SELECT")
            yield _read(cursor)
        with suppress(Exception):
            connection.rollback()


def connection_string(details: ConnectionDetails) -> str:
    """What the driver connects by, password included: never log it. Encrypted, and the server's
    certificate checked, unless the extra says otherwise.

    Raises:
        SetupError: the connection names no server.
    """
    if not details.host:
        raise SetupError(
            f"the connection {details.conn_id} names no server", remedy="its host is the server"
        )
    server = details.host if "\\" in details.host else f"{details.host},{details.port or _PORT}"
    given = {
        "Server": server,
        "Database": details.schema,
        "UID": details.login,
        "PWD": details.password,
        "Encrypt": "yes",
        "TrustServerCertificate": "no",
        "ConnectRetryCount": "0",  # the task is tried again
        **read_options(details, _OPTIONS),
    }
    return ";".join(f"{name}={quote_value(value)}" for name, value in given.items() if value)


def quote_value(value: str) -> str:
    """A value of an ODBC connection string, in braces: a `;` or a `}` in a password ends nothing.

    >>> quote_value("p};w")
    '{p}};w}'
    """
    return "{" + value.replace("}", "}}") + "}"


def _connect(details: ConnectionDetails) -> Any:
    try:
        import mssql_python
    except ModuleNotFoundError:
        raise missing("mssql") from None
    # A session that another task has left would bring its settings along.
    mssql_python.pooling(enabled=False)
    try:
        return mssql_python.connect(
            connection_string(details), autocommit=False, timeout=CONNECT_TIMEOUT_SECONDS
        )
    except mssql_python.Error as error:
        if _NOT_LOADED not in str(error):
            raise
        raise SetupError(
            "Microsoft's ODBC driver cannot be loaded: a library of the system is not there",
            remedy="where the tasks run: apt-get install libltdl7 libkrb5-3 libgssapi-krb5-2; or "
            "set MSSQL_PYTHON_NATIVE_PROVIDER=mssql-odbc, which needs OpenSSL 3 alone",
        ) from None


def _begin(cursor: Any, details: ConnectionDetails, log: logging.Logger) -> None:
    """Have the session read one moment, where its database keeps former versions of rows."""
    cursor.execute(_SNAPSHOTS)
    found = cursor.fetchone()
    if found and found[0] == _ON:
        cursor.connection.rollback()
        cursor.execute(_SNAPSHOT)
    elif not (found and found[1]):
        log.warning(
            "The database of %s allows no snapshots: a row that somebody changes meanwhile may be "
            "read twice, or not at all. Its administrator allows them by ALTER DATABASE … SET "
            "ALLOW_SNAPSHOT_ISOLATION ON.",
            details.conn_id,
        )


def _bind(value: datetime | date | int) -> datetime | date | int:
    """Times in UTC without their zone, as columns mostly have them."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _read(cursor: Any) -> Rows:
    import pyarrow as pa

    found: pa.Schema = cursor.arrow_batch(0).schema
    # Kept in a name as long as it is read: once it is let go of, it is closed, and gives no rows.
    reader = cursor.arrow_reader(find_rows_at_once(cursor.description))
    schema = pa.schema([pa.field(one.name, plain_type(one.type)) for one in found])
    return Rows(schema=schema, batches=_cast(reader, schema))


def find_rows_at_once(description: Sequence[Sequence[Any]]) -> int:
    """How many rows are fetched at once, by the sizes that the driver describes: characters of
    texts, 0 of `nvarchar(max)`, `varbinary(max)` and `xml`."""
    sizes = [described[3] or 0 for described in description if described[1] in (str, bytes)]
    if not all(sizes):
        return _WIDE_ROWS
    widest = 4 * sum(sizes) + 16 * len(description)
    return max(_WIDE_ROWS, min(FETCH_ROWS, _FETCHED_BYTES // widest))


def plain_type(found: pa.DataType) -> pa.DataType:
    """The type that is landed: times have microseconds, as everywhere after bronze, and those with
    an offset are in UTC."""
    import pyarrow as pa

    if pa.types.is_timestamp(found):
        return pa.timestamp("us", "UTC" if found.tz else None)
    return pa.time64("us") if pa.types.is_time(found) else found


def _cast(reader: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for batch in reader:
        columns = [
            _cast_column(one, field) for one, field in zip(batch.columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _cast_column(column: Any, field: pa.Field[Any]) -> Any:
    import pyarrow as pa

    if column.type == field.type:
        return column
    try:
        # What is finer than a microsecond is cut off: SQL Server's clocks have 100 ns.
        return column.cast(field.type, safe=False)
    except pa.ArrowInvalid as error:
        raise unfit(field, None, str(error)) from None
