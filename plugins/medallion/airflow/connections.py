"""Airflow connections → what sources and the warehouse get. The only place that reads secrets."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote, urlencode

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from medallion.errors import SetupError
from medallion.names import WAREHOUSE_CONN_ID
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.database.kinds import package_of
from medallion.warehouse.session.hosts import read_hosts
from medallion.warehouse.session.login import AUTH, is_by_token


class NoSuchConnection(SetupError):
    """There is no connection with this id."""


class SecretsUnavailable(SetupError):
    """The store of secrets does not answer, or does not let this process in. Retried."""

    retryable = True


def connection_details(conn_id: str) -> ConnectionDetails:
    """The connection's details, its secrets included.

    Raises:
        SetupError: there is none with this id.
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


def open_database(conn_id: str) -> Any:
    """An open DB-API connection, from the hook of the connection's provider.

    Raises:
        SetupError: there is no such connection, or no provider for its type.
    """
    connection = _get(conn_id)
    kind = connection.conn_type or ""
    try:
        hook = connection.get_hook()  # type: ignore[no-untyped-call]
        return hook.get_conn()
    except (ImportError, AirflowException) as error:
        package = package_of(kind)
        raise SetupError(
            f"the connection {conn_id} is of type {kind}, and its provider is not installed"
            if package
            else f"no provider connects to {conn_id}, which is of type {kind!r}",
            remedy=f"install {package}, with what it needs"
            if package
            else "fix the connection's type, or install the provider that knows it",
        ) from error
    except AttributeError as error:
        raise SetupError(
            f"the connection {conn_id} is of type {kind}, which is not a database's",
            remedy="name the connection of a database",
        ) from error


def warehouse_url(conn_id: str) -> str:
    """A libpq URL of the warehouse's connection, with its password. It may name several hosts.

    Raises:
        SetupError: there is no such connection, or it is not one of PostgreSQL.
    """
    connection = _get(conn_id)
    if connection.conn_type not in ("postgres", "postgresql"):
        raise SetupError(
            f"the connection {conn_id} is of type {connection.conn_type!r}, not postgres",
            remedy="the warehouse is a PostgreSQL server: fix the connection's type",
        )
    settings = {"password": connection.password}
    if connection.extra_dejson.get("iam") and not is_by_token(settings):
        raise SetupError(
            f"the connection {conn_id} says `iam`, by which Airflow's own hook asks for a token",
            remedy=f"set {AUTH}=entra for all of Airflow's components, and leave the password out",
        )
    user = quote(connection.login or "", safe="")
    password = f":{quote(connection.password, safe='')}" if connection.password else ""
    hosts = ",".join(one.in_url() for one in read_hosts(connection.host or "", connection.port))
    database = quote(connection.schema or "", safe="")
    options = {k: str(v) for k, v in connection.extra_dejson.items() if k in _LIBPQ_OPTIONS}
    query = f"?{urlencode(options)}" if options else ""
    return f"postgresql://{user}{password}@{hosts}/{database}{query}"


def domain_warehouse_url(domain: str) -> str | None:
    """The warehouse by a role that an administrator has made for a domain, `warehouse_url` of
    medallion_warehouse_<domain>; None where there is no such connection.
    """
    try:
        return warehouse_url(f"{WAREHOUSE_CONN_ID}_{domain}")
    except NoSuchConnection:
        return None


_LIBPQ_OPTIONS = (
    *("sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout"),
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    *("tcp_user_timeout", "target_session_attrs"),
)
"""What of a connection's extra is libpq's."""


def _get(conn_id: str) -> Connection:
    try:
        connection: Connection = Connection.get(conn_id)
    except AirflowNotFoundException as error:
        variable = f"AIRFLOW_CONN_{conn_id.upper()}"
        if os.environ.get(variable):  # Airflow looks elsewhere, and logs that as debug
            raise SetupError(
                f"Airflow cannot read the connection {conn_id} in the variable {variable}",
                remedy="write it as JSON. A URI has one port for all hosts, and each character of "
                "a password that ends it there is percent-encoded, @ as %40",
            ) from None
        _refuse_silent_backend(conn_id)
        raise NoSuchConnection(
            f"there is no Airflow connection {conn_id}",
            remedy=f"create it: Admin → Connections, `airflow connections add {conn_id} …`, or "
            f"the environment variable {variable}",
        ) from error
    return connection


def _refuse_silent_backend(conn_id: str) -> None:
    """Where a secrets backend cannot be asked, Airflow logs that as debug, and continues as if it
    had no such secret: so that there was "no connection" would be all that anybody reads.

    Raises:
        SecretsUnavailable: a backend that an operator has named raises.
    """
    from airflow.sdk.execution_time.supervisor import ensure_secrets_backend_loaded

    for backend in ensure_secrets_backend_loaded():
        kind = type(backend)
        if kind.__module__.startswith(("airflow.secrets.", "airflow.sdk.")):
            continue  # Airflow's own, which say what is wrong
        try:
            backend.get_connection(conn_id=conn_id)
        except Exception as error:  # of any client's own kind
            said = " ".join(str(error).split())[:400]
            raise SecretsUnavailable(
                f"the secrets backend {kind.__name__} cannot be asked for the connection "
                f"{conn_id}: {type(error).__name__}: {said}",
                remedy="can this process reach the store, and has its identity the right to read "
                "secrets (Azure: Key Vault Secrets User)? AIRFLOW__SECRETS__BACKEND_KWARGS says "
                "which store is meant",
            ) from None
