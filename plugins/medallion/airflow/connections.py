"""Airflow connections → what sources and the warehouse are handed. The only place of secrets."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from medallion.errors import SetupError
from medallion.sources.base import ConnectionDetails


def connection_details(conn_id: str) -> ConnectionDetails:
    """Look a connection up.

    Raises:
        SetupError: there is none of this id.
    """
    connection = _get(conn_id)
    return ConnectionDetails(
        conn_id=conn_id,
        conn_type=connection.conn_type or "",
        host=connection.host or "",
        schema=connection.schema or "",
        port=connection.port,
        login=connection.login or "",
        password=connection.password or "",
        extra=connection.extra_dejson,
    )


def warehouse_url(conn_id: str) -> str:
    """A libpq URL of the warehouse's connection, with its password.

    Raises:
        SetupError: there is no such connection, or it is not one of PostgreSQL.
    """
    connection = _get(conn_id)
    if connection.conn_type not in ("postgres", "postgresql"):
        raise SetupError(
            f"the connection {conn_id} is of type {connection.conn_type!r}, not postgres",
            remedy="the warehouse is a PostgreSQL server: mend the connection's type",
        )
    user = quote(connection.login or "", safe="")
    password = f":{quote(connection.password, safe='')}" if connection.password else ""
    port = f":{connection.port}" if connection.port else ""
    database = quote(connection.schema or "", safe="")
    options = {k: str(v) for k, v in connection.extra_dejson.items() if k in _LIBPQ_OPTIONS}
    query = f"?{urlencode(options)}" if options else ""
    return f"postgresql://{user}{password}@{connection.host or ''}{port}/{database}{query}"


_LIBPQ_OPTIONS = ("sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout", "keepalives")


def _get(conn_id: str) -> Connection:
    try:
        connection: Connection = Connection.get(conn_id)
    except AirflowNotFoundException as error:
        raise SetupError(
            f"there is no Airflow connection {conn_id}",
            remedy=f"create it: Admin → Connections, `airflow connections add {conn_id} …`, or "
            f"the environment variable AIRFLOW_CONN_{conn_id.upper()}",
        ) from error
    return connection
