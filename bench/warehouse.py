"""The PostgreSQL that the benchmark runs on: the product's embedded one, with its settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from bench.workspace import Workspace
from medallion.local.postgres import EmbeddedPostgres

URL = "BENCH_WAREHOUSE_URL"
"""The environment variable that hands a side the way to the database."""

SOURCE_URL = "BENCH_SOURCE_URL"
"""The same for a second database of that server, to land tables of."""

_DATABASE, _SOURCE = "bench", "bench_source"


@contextmanager
def warehouse(workspace: Workspace) -> Iterator[Warehouse]:
    """A server with an empty database, for as long as the block lasts."""
    server = EmbeddedPostgres(workspace.folder / "postgres")
    info = server.start()
    try:
        with psycopg.connect(info.url("postgres"), autocommit=True) as admin:
            name = sql.Identifier(_DATABASE)
            databases = (name, sql.Identifier(_SOURCE))
            for database in databases:
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
            made = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'worker_%__bench'"
            for (role,) in [*admin.execute(made).fetchall(), (_DATABASE,)]:
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'bench'").format(name))
            for database in databases:
                admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, name))
            url, source = (
                info.url(database, user=_DATABASE, password=_DATABASE)
                for database in (_DATABASE, _SOURCE)
            )
            yield Warehouse(url, source, admin, server.pid() or 0)
    finally:
        server.stop()


class Warehouse:
    """A database, a second one that is a source, and the server's administrator beside them."""

    def __init__(self, url: str, source_url: str, admin: psycopg.Connection, pid: int) -> None:
        self.url, self.source_url, self.pid = url, source_url, pid
        self._admin = admin

    @property
    def environment(self) -> dict[str, str]:
        """What a side's process needs to reach it."""
        return {URL: self.url, SOURCE_URL: self.source_url}

    def settle(self) -> None:
        """Have the server write out what the side before has left to write."""
        self._admin.execute("CHECKPOINT")

    def administer(self, *statements: sql.Composed) -> None:
        """Run statements as the server's administrator, each by itself."""
        for statement in statements:
            self._admin.execute(statement)

    def analyze(self) -> None:
        """Have the statistics that autovacuum would have gathered a minute later."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def one(self, query: sql.Composed) -> tuple[object, ...]:
        """The first row of a query."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query).fetchone()
        if row is None:
            raise LookupError("the query has no row")
        return row


def url() -> str:
    """In a side's process: the database."""
    return os.environ[URL]


def source_url() -> str:
    """In a side's process: the database that is a source."""
    return os.environ[SOURCE_URL]
