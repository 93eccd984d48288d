"""Db2, by IBM's own driver: rows streamed by a cursor, in a transaction that is rolled back.

Db2 has no transaction that only reads, and no snapshots: each row comes as it was last committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from medallion.errors import SetupError
from medallion.sources.base.providers import missing
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.errors import translate_errors
from medallion.sources.database.extras import read_options
from medallion.sources.database.hook import read_cursor
from medallion.sources.database.query import Statement
from medallion.sources.database.rows import FETCH_ROWS, Rows

CONNECT_TIMEOUT_SECONDS = 15
_PORT = 50001
"""Of TLS, by convention; 50000 is without."""
_OPTIONS = {
    "security": "SECURITY",
    "sslservercertificate": "SSLServerCertificate",
    "sslclienthostnamevalidation": "SSLClientHostnameValidation",
    "sslclientkeystoredb": "SSLClientKeystoreDB",
    "sslclientkeystash": "SSLClientKeystash",
    "tlsversion": "TLSVersion",
    "authentication": "Authentication",
    "currentschema": "CURRENTSCHEMA",
    "connecttimeout": "ConnectTimeout",
}
"""What the connection's extra may say, by its name in small letters, as the driver spells it."""
_WITHOUT_LIMIT = ("CLOB", "DBCLOB", "BLOB", "XML", "TEXT")
_WIDE_ROWS = 100
"""So many rows are fetched at once where a column has no limit."""


@contextmanager
def open_rows(details: ConnectionDetails, statement: Statement) -> Iterator[Rows]:
    """The rows of a statement, streamed.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: in the block too.
    """
    with translate_errors(details, "reading"), closing(_connect(details)) as connection:
        with closing(connection.cursor()) as cursor:
            yield read_cursor(cursor, statement, "qmark", rows_at_once)
        with suppress(Exception):
            connection.rollback()


def connection_string(details: ConnectionDetails) -> str:
    """What the driver connects by, password included: never log it. By TLS, with the server's name
    checked, unless the extra says otherwise.

    Raises:
        SetupError: the connection names no server or no database, or a value would end there.
    """
    if not (details.host and details.schema):
        raise SetupError(
            f"the connection {details.conn_id} names no server and database of Db2",
            remedy="its host is the server, its schema the database",
        )
    given = {
        "DATABASE": details.schema,
        "HOSTNAME": details.host,
        "PORT": str(details.port or _PORT),
        "PROTOCOL": "TCPIP",
        "UID": details.login,
        "PWD": details.password,
        "SECURITY": "SSL",
        "SSLClientHostnameValidation": "Basic",
        "ConnectTimeout": str(CONNECT_TIMEOUT_SECONDS),
        **read_options(details, _OPTIONS),
    }
    if not given["SECURITY"]:
        del given["SSLClientHostnameValidation"]
    for name, value in given.items():
        if ";" in value:
            raise SetupError(
                f"{name} of the connection {details.conn_id} has a semicolon, which would end it",
                remedy="IBM's driver has no way to quote one: choose another value",
            )
    return "".join(f"{name}={value};" for name, value in given.items() if value)


def rows_at_once(description: Any) -> int:
    """How many rows are fetched at once: few where a column has no limit."""
    kinds = {str(name) for described in description for name in _names_of_type(described[1])}
    return _WIDE_ROWS if kinds.intersection(_WITHOUT_LIMIT) else FETCH_ROWS


def _names_of_type(kind: Any) -> frozenset[str]:
    """The types that an object of the driver is of, as it spells them."""
    return frozenset(getattr(kind, "col_types", ()) or ())


def _connect(details: ConnectionDetails) -> Any:
    try:
        import ibm_db_dbi
    except ModuleNotFoundError:
        raise missing("db2") from None
    return ibm_db_dbi.connect(connection_string(details), "", "")
