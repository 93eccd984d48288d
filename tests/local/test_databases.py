"""The databases of the local stack and the rights of their owners."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from medallion.local.databases import Databases, start_databases
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.stack import PATIENT


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPaths]:
    root = tmp_path_factory.mktemp("databases")
    paths = LocalPaths(project_root=root, state_root=root, dags_folder=root)
    yield paths
    EmbeddedPostgres(paths.postgres).stop()


@pytest.fixture(scope="module")
def databases(paths: LocalPaths) -> Databases:
    return start_databases(paths, {})


def test_the_loader_owns_the_warehouse_and_is_no_superuser(databases: Databases) -> None:
    with psycopg.connect(databases.warehouse_url) as connection:
        row = connection.execute(
            "SELECT current_user, rolsuper, rolcreaterole, rolcreatedb, rolreplication"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        connection.execute("CREATE SCHEMA silver_cinema")
    # It makes a role for each domain (CREATEROLE reaches no role that it has not made itself).
    assert row == ("medallion_loader", False, True, False, False)


def test_two_commands_may_start_them_at_once(databases: Databases, paths: LocalPaths) -> None:
    with ThreadPoolExecutor(4) as both:
        found = set(both.map(lambda _: start_databases(paths, {}), range(24)))
    assert found == {databases}


def test_airflows_sessions_end_when_a_transaction_is_left_open(databases: Databases) -> None:
    with psycopg.connect(databases.metadata_url) as connection:
        row = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert row == ("15s",)


def test_but_the_migration_may_take_its_time(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in PATIENT.items():
        monkeypatch.setenv(name, value)
    with psycopg.connect(databases.metadata_url) as connection:
        row = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert row == ("0",)


def test_neither_owner_may_enter_the_others_database(
    databases: Databases, paths: LocalPaths
) -> None:
    swapped = databases.metadata_url.removesuffix("/airflow") + "/warehouse"
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(swapped)


def test_preparing_them_again_changes_nothing(databases: Databases, paths: LocalPaths) -> None:
    with psycopg.connect(databases.warehouse_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert start_databases(paths, {}) == databases
    with psycopg.connect(databases.warehouse_url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_a_warehouse_elsewhere_is_used_as_it_is(
    databases: Databases, paths: LocalPaths, warehouse_db: str
) -> None:
    found = start_databases(paths, {"MEDALLION_WAREHOUSE_URL": warehouse_db})
    assert found == replace(databases, warehouse_url=warehouse_db)


def test_no_url_shows_in_a_repr(databases: Databases) -> None:
    assert "postgresql://" not in repr(databases)
