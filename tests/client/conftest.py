"""A warehouse with some publications, and somebody who may read one of its tables."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.conftest import fresh_database

from medallion.client import Desk, connect
from medallion.local.postgres import EmbeddedPostgres
from medallion.warehouse.registry import records as registry


@dataclass(frozen=True, kw_only=True)
class Read:
    """The warehouse of a module's tests: as its loader, and as its reader."""

    loader: str
    reader: str
    role: str

    @property
    def desk(self) -> Desk:
        return connect(self.reader)


@pytest.fixture(scope="module")
def read(embedded_postgres: EmbeddedPostgres, pg_url: str) -> Iterator[Read]:
    role, password = f"ada_{secrets.token_hex(4)}", secrets.token_hex(8)
    with fresh_database(embedded_postgres, pg_url) as loader:
        database = str(conninfo_to_dict(loader)["dbname"])
        admin_url = make_conninfo(pg_url, dbname=database)
        name = sql.Identifier(role)
        with psycopg.connect(loader) as connection:
            registry.ensure(connection)
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, password))
            admin.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), name)
            )
        yield Read(
            loader=loader,
            reader=make_conninfo(loader, user=role, password=password),
            role=role,
        )
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP OWNED BY {}").format(name))
            admin.execute(sql.SQL("DROP ROLE {}").format(name))
