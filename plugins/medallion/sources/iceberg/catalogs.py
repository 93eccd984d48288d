"""Catalogues: they know which metadata file is a table's newest. They are asked for that alone, and
for nothing that says how files are opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import MedallionError, SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.reach import FileReach
from medallion.sources.base.redaction import redact
from medallion.sources.base.source import ConnectionDetails

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

_DRIVERS = {"postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_TLS = ("sslmode", "sslcert", "sslkey", "sslrootcert")
_NAME = "catalog_name"
_NO_ENTRANCE = ("Unauthorized", "Forbidden", "OAuth", "BadRequest")
_AUTHORIZED = ("scope", "oauth2-server-uri", "audience", "resource", "warehouse", "prefix")
"""What a connection's extra may say to a REST catalogue."""


def find_metadata(details: ConnectionDetails, table: str, reach: FileReach) -> str:
    """The location of a table's newest metadata, as the catalogue has it.

    Raises:
        SetupError: the connection does not say enough, or is of another type.
        SourceRefused: there is no such table, or the login may not see it.
        SourceUnavailable: the catalogue does not answer.
    """
    with _translate_errors(details):
        if details.conn_type in ("iceberg", "http"):
            return _ask_rest(details, table)
        return _ask_sql(details, table, reach)


def _ask_rest(details: ConnectionDetails, table: str) -> str:
    from pyiceberg.catalog.rest import Endpoints, RestCatalog
    from pyiceberg.exceptions import ForbiddenError, NoSuchTableError

    said = {key: str(details.extra[key]) for key in _AUTHORIZED if details.extra.get(key)}
    if details.login:
        said.setdefault("oauth2-server-uri", f"{_address_of(details)}/v1/oauth/tokens")
        said["credential"] = f"{details.login}:{details.password}"
    elif details.password:
        said["token"] = details.password
    catalog = RestCatalog(details.conn_id, uri=_address_of(details), **said)
    # `load_table` would open the table's files as its metadata say; the answer alone is wanted.
    url = catalog.url(Endpoints.load_table, **catalog._split_identifier_for_path(table))
    answer = catalog._session.get(url, params={"snapshots": "refs"}, timeout=60)
    if answer.status_code == 404:
        raise NoSuchTableError(table)
    if answer.status_code in (401, 403):
        raise ForbiddenError(f"the login may not see {table} (HTTP {answer.status_code})")
    answer.raise_for_status()
    found = answer.json()["metadata-location"]
    if not found:  # a table that somebody is making, of which nothing is committed yet
        raise NoSuchTableError(table)
    return str(found)


def _address_of(details: ConnectionDetails) -> str:
    if not details.host:
        raise SetupError(
            f"the connection {details.conn_id} names no catalogue",
            remedy="its host is the catalogue's address: https://catalog.example.org/api",
        )
    host = details.host if "://" in details.host else f"https://{details.host}"
    return f"{host}:{details.port}" if details.port else host.rstrip("/")


def _ask_sql(details: ConnectionDetails, table: str, reach: FileReach) -> str:
    from pyiceberg.catalog.sql import IcebergTables
    from pyiceberg.exceptions import NoSuchTableError
    from sqlalchemy import select

    namespace, _, name = table.rpartition(".")
    asked = select(IcebergTables.catalog_name, IcebergTables.metadata_location).where(
        IcebergTables.table_namespace == namespace, IcebergTables.table_name == name
    )
    if catalog := str(details.extra.get(_NAME) or ""):
        asked = asked.where(IcebergTables.catalog_name == catalog)
    engine = _open_engine(details, reach)
    try:
        with engine.connect() as connection:
            found = connection.execute(asked.limit(10)).all()
    finally:
        engine.dispose()
    if not found or not found[0].metadata_location:
        raise NoSuchTableError(table)
    if len(found) > 1:
        names = ", ".join(sorted(row.catalog_name for row in found))
        raise SetupError(
            f"{table} is in several catalogues of {details.conn_id}: {names}",
            remedy=f"name one of them in the connection's extra: {_NAME}",
        )
    return str(found[0].metadata_location)


def _open_engine(details: ConnectionDetails, reach: FileReach) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    return create_engine(_url_of(details, reach), poolclass=NullPool, hide_parameters=True)


def _url_of(details: ConnectionDetails, reach: FileReach) -> URL:
    from sqlalchemy import URL

    if details.conn_type == "sqlite":
        file = Path(details.host)
        if not details.host or not file.is_file() or reach.is_platform(file):
            raise SetupError(
                f"the connection {details.conn_id} names no file of SQLite that specs may read",
                remedy="its host is the path of the catalogue's file",
            )
        name = f"file:{file.resolve()}"
        return URL.create("sqlite", database=name, query={"mode": "ro", "uri": "true"})
    if details.conn_type not in _DRIVERS:
        raise SetupError(
            f"the connection {details.conn_id} is of type {details.conn_type}, which is not a "
            "catalogue of Iceberg",
            remedy="iceberg (REST), postgres, mysql or sqlite (SQL)",
        )
    return URL.create(
        _DRIVERS[details.conn_type],
        username=details.login or None,
        password=details.password or None,
        host=details.host or None,
        port=details.port,
        database=details.schema or None,
        query={key: str(details.extra[key]) for key in _TLS if details.extra.get(key)},
    )


@contextmanager
def _translate_errors(details: ConnectionDetails) -> Iterator[None]:
    try:
        yield
    except (MedallionError, ImportError):
        raise
    except Exception as error:
        raise _explain(details, error) from None


def _explain(details: ConnectionDetails, error: Exception) -> MedallionError:
    kind = type(error).__name__
    if kind.startswith("NoSuch"):
        return SourceRefused(
            f"the catalogue {details.conn_id} has no table {error}",
            remedy="write namespace.table as the catalogue spells it; may the login see it?",
        )
    said = redact(" ".join(str(error).split())[:300], [details.password])
    problem = f"the catalogue {details.conn_id} cannot be asked: {kind}: {said}"
    if any(word in kind for word in _NO_ENTRANCE):
        return SourceRefused(problem, remedy="look at the connection's login and its extra")
    if kind in ("ProgrammingError", "NoSuchTableError") or "no such table" in said:
        return SourceRefused(
            problem, remedy="is there a catalogue (the table iceberg_tables) in this database?"
        )
    return SourceUnavailable(
        problem, remedy="is it up, and are the connection's host, port and login right?"
    )
