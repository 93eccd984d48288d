"""Databases for the bank and for its warehouse, with the roles that the project's specs name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from tests.conftest import fresh_database

from medallion.local.postgres import EmbeddedPostgres
from medallion.plan.grants import roles_of
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.warehouse.roles.reader_roles import ensure_roles


@pytest.fixture(scope="module")
def bank_database(
    embedded_postgres: EmbeddedPostgres, pg_url: str, project_root: Path
) -> Callable[[], AbstractContextManager[str]]:
    """Makes a database, which lives as long as the block; its value is the URL."""
    roles = roles_of(load_all(project_root, sql_reader(project_root)).specs)
    with psycopg.connect(pg_url, autocommit=True) as admin:
        ensure_roles(admin, roles)
    return lambda: fresh_database(embedded_postgres, pg_url)
