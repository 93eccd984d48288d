"""PostgreSQL and servers with its protocol: a binary COPY that the ADBC driver turns into Arrow.

A COPY takes no parameters: values are bound to settings of the transaction, which the query reads.
Denodo has no COPY: there, or with `copy: false` in the connection's extra, `protocol` reads the
rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from medallion.errors import SourceRefused
from medallion.sources.base.read_ahead import read_ahead
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.errors import translate_errors
from medallion.sources.database.query import Statement
from medallion.sources.database.rows import Rows

if TYPE_CHECKING:
    import psycopg

    from medallion.sources.base.interval_words import Value

T = TypeVar("T")

CONNECT_TIMEOUT_SECONDS = 15
SETTING = "medallion."
"""Before the names of the settings that hold what is bound."""

IDENTITY = (
    "SELECT c.system_identifier, d.oid FROM pg_catalog.pg_control_system() AS c,"
    " pg_catalog.pg_database AS d WHERE d.datname = current_database()"
)
_IN_UTC = "SET TimeZone = 'UTC'"
_READ_ONLY = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_OPTIONS = ("sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout", "keepalives")


def identity_of(connection: psycopg.Connection[Any]) -> str:
    """The server's and database's identity, the same whatever host, port or alias leads there, and
    on a replica. Empty if the server does not report it."""
    import psycopg

    try:
        with connection.transaction():
            row = connection.execute(IDENTITY).fetchone()
    except psycopg.Error:
        return ""
    return f"{row[0]}/{row[1]}" if row else ""


def refuse_warehouse(details: ConnectionDetails, warehouse: str, identity: str) -> None:
    """Refuse to read the warehouse itself.

    Raises:
        SourceRefused: `identity` is the warehouse's.
    """
    if warehouse and identity == warehouse:
        raise SourceRefused(
            f"{details.conn_id} leads to the warehouse itself, which no source reads",
            remedy="read published tables in a gold table's SQL",
        )


@contextmanager
def open_rows(
    details: ConnectionDetails, statement: Statement, warehouse: str = ""
) -> Iterator[Rows]:
    """The rows of a statement in one snapshot, streamed.

    Args:
        details: of the connection.
        statement: what is asked.
        warehouse: the `identity_of` a database that is not to be read, whatever it is called.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: in the block too.
    """
    from medallion.sources.database import protocol as database_protocol

    def refuse(connection: psycopg.Connection[Any]) -> None:
        refuse_warehouse(details, warehouse, identity_of(connection))

    if details.conn_type.lower() == "denodo" or details.extra.get("copy") is False:
        with database_protocol.open_rows(details, conninfo(details), statement, refuse) as rows:
            yield rows
        return
    with translate_errors(details, "reading"), _copy(details, statement, refuse) as rows:
        yield rows


def conninfo(details: ConnectionDetails) -> str:
    """The libpq connection string, password included: never log it."""
    from psycopg.conninfo import make_conninfo

    options = {key: str(details.extra[key]) for key in _OPTIONS if key in details.extra}
    given: dict[str, Any] = {
        "host": details.host or None,
        "port": details.port,
        "dbname": details.schema or None,
        "user": details.login or None,
        "password": details.password or None,
        "application_name": "medallion",
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "client_encoding": "UTF8",
        **options,
    }
    return make_conninfo("", **{key: value for key, value in given.items() if value is not None})


@contextmanager
def _copy(
    details: ConnectionDetails, statement: Statement, refuse: Callable[[Any], None]
) -> Iterator[Rows]:
    """The rows by binary COPY, as Arrow. One connection describes the columns and refuses what must
    not be read; ADBC opens another, whose values travel as settings since COPY binds none."""
    import adbc_driver_postgresql.dbapi as adbc

    from medallion.sources.database.postgres_types import (
        describe_query,
        land_batches,
        schema_of,
        select_of,
    )

    url = conninfo(details)
    query = statement.with_values(lambda name: _setting(name, statement.values[name]))

    def ask(connection: psycopg.Connection[Any]) -> Any:
        refuse(connection)
        return describe_query(connection, query)

    columns = _describe(url, statement, ask)
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        for command in (_IN_UTC, _READ_ONLY):
            cursor.execute(command)
        connection.commit()
        for name, value in _write_values(statement).items():
            cursor.execute("SELECT set_config($1, $2, true)", parameters=(name, value))
            cursor.fetchall()
        cursor.execute(select_of(query, columns))
        reader = cursor.fetch_record_batch()
        schema = schema_of(columns, reader.schema)
        # Ahead is what the driver decodes; who writes the rows casts them, too.
        with closing(read_ahead(iter(reader))) as sent:
            yield Rows(schema=schema, batches=land_batches(sent, schema))


def _describe(url: str, statement: Statement, ask: Callable[[psycopg.Connection[Any]], T]) -> T:
    """What a connection of its own answers, with the values bound."""
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute(_IN_UTC)
        for name, value in _write_values(statement).items():
            connection.execute("SELECT set_config(%s, %s, true)", [name, value])
        return ask(connection)


def _setting(name: str, value: Value) -> str:
    """What a query reads a bound value from: the settings hold texts."""
    from psycopg import sql

    kind = "timestamptz" if isinstance(value, datetime) else "date"
    read = sql.SQL("CAST(current_setting({}) AS {})").format(
        sql.Literal(f"{SETTING}{name}"), sql.SQL("bigint" if isinstance(value, int) else kind)
    )
    return read.as_string()


def _write_values(statement: Statement) -> dict[str, str]:
    """The values as texts, by the names of their settings."""
    return {
        f"{SETTING}{name}": value.isoformat() if isinstance(value, date) else str(value)
        for name, value in statement.values.items()
    }
