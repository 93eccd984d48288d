"""The role of the catalogue's pages reads the registry, and no row of a table."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import REPLACE, Run

from medallion.errors import SetupError, WarehouseRefused, WarehouseUnavailable
from medallion.names import PublishedTable
from medallion.publish.relations import identifier
from medallion.steps.publish import step as publish
from medallion.warehouse.registry.notices import failing_channels
from medallion.warehouse.roles import catalogue_reader
from medallion.warehouse.roles.catalogue_reader import catalogue_session, catalogue_url
from medallion.warehouse.roles.reconcile import reconcile
from medallion.warehouse.session.transaction import session


@pytest.fixture
def published(warehouse_db: str) -> str:
    """A warehouse with one publication."""
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    publish.run(REPLACE, run.context())
    return warehouse_db


def test_the_loader_makes_it_and_it_reads_all_of_the_registry(published: str) -> None:
    with catalogue_session(catalogue_url(published), "looking") as reading:
        unread = reading.execute(
            "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'medallion' AND c.relkind IN ('r', 'v')"
            " AND NOT has_table_privilege(c.oid, 'SELECT')"
        ).fetchall()
        assert failing_channels(reading) == []
    assert unread == [("notices",)], "it reads some of its columns: not who gets a message"


def test_it_writes_nothing_and_reads_no_row_of_a_table(published: str) -> None:
    table = PublishedTable.of(REPLACE.table.public)
    with psycopg.connect(catalogue_url(published), autocommit=True) as role:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            role.execute("CREATE TEMPORARY TABLE mine (a integer)")
        role.execute("SET default_transaction_read_only = off")
        for refused in (
            sql.SQL("DELETE FROM medallion.publications"),
            sql.SQL("SELECT receivers FROM medallion.notices"),
            sql.SQL("SELECT * FROM {}").format(identifier(table.public)),
            sql.SQL("SELECT * FROM {}").format(identifier(table.version(1))),
            sql.SQL("SELECT * FROM {}").format(identifier(table.quarantine)),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(refused)


def test_a_role_that_an_administrator_made_is_taken_as_it_is(pg_url: str, published: str) -> None:
    admin_url = make_conninfo(pg_url, dbname=str(conninfo_to_dict(published)["dbname"]))
    with psycopg.connect(admin_url, autocommit=True) as admin:
        loader = sql.Identifier(str(conninfo_to_dict(published)["user"]))
        admin.execute(sql.SQL("ALTER ROLE {} NOCREATEROLE").format(loader))
        with pytest.raises(SetupError, match="cli roles"):
            catalogue_url(published)
        name = catalogue_reader.READER.role(published).name
        assert f"{name} is created" in list(reconcile(admin_url, published, ()))
        with session(published, "upgrading") as upgrade:
            upgrade.execute("CREATE TABLE medallion.later (a integer)")
        with catalogue_session(catalogue_url(published), "looking") as reading:
            assert reading.execute("SELECT * FROM medallion.later").fetchall() == []
        admin.execute(sql.SQL("ALTER ROLE {} CREATEROLE").format(loader))


def test_a_role_whose_sessions_are_all_in_use_is_not_taken_for_a_missing_one(
    published: str,
) -> None:
    url = catalogue_url(published)
    with psycopg.connect(published, autocommit=True) as loader:
        role = sql.Identifier(catalogue_reader.READER.role(published).name)
        loader.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 1").format(role))
    catalogue_reader._READY.clear()
    with psycopg.connect(url), pytest.raises(WarehouseUnavailable, match="too many connections"):
        catalogue_url(published)


def test_a_missing_right_is_named(published: str) -> None:
    with (
        pytest.raises(WarehouseRefused, match="looking: permission denied"),
        catalogue_session(catalogue_url(published), "looking") as reading,
    ):
        reading.execute("SELECT receivers FROM medallion.notices")


def test_without_a_password_there_is_none_to_derive() -> None:
    with pytest.raises(SetupError, match="catalogue's pages read as"):
        catalogue_reader.READER.role("postgresql://loader@host/warehouse")
