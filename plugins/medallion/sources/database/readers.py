"""Which module reads which kind of database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from medallion.errors import SetupError
from medallion.sources.base.source import ConnectionDetails, ExtractRequest
from medallion.sources.database import db2, hook, mssql, mysql, oracle, postgres, sqlite
from medallion.sources.database.query import Statement
from medallion.sources.database.rows import Rows

Opened = AbstractContextManager[Rows]


def _open_sqlite(
    details: ConnectionDetails, statement: Statement, request: ExtractRequest
) -> Opened:
    if request.reach.is_platform(Path(details.host)):
        raise SetupError(
            f"the connection {details.conn_id} names a file of the platform itself",
            remedy="its host is the path of a database that specs may read",
        )
    return sqlite.open_rows(details, statement)


READERS: Mapping[str, Callable[[ConnectionDetails, Statement, ExtractRequest], Opened]] = {
    "postgres": lambda details, statement, request: postgres.open_rows(
        details, statement, request.warehouse
    ),
    "mysql": lambda details, statement, _: mysql.open_rows(details, statement),
    "sqlite": _open_sqlite,
    "mssql": lambda details, statement, request: mssql.open_rows(details, statement, request.log),
    "oracle": lambda details, statement, _: oracle.open_rows(details, statement),
    "db2": lambda details, statement, _: db2.open_rows(details, statement),
    "hook": lambda details, statement, request: hook.open_rows(
        details, statement, request.database, request.warehouse
    ),
}
"""By the `reader` of a `DatabaseKind`."""
