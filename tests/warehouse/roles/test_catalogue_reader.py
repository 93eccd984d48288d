"""The role of the catalogue's pages reads what they need of the registry, and the rows that people
look at."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import REPLACE, Run

from medallion.errors import SetupError, WarehouseRefused, WarehouseUnavailable
from medallion.names import PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.steps.publish import step as publish
from medallion.warehouse.registry.freshness import table_freshness
from medallion.warehouse.registry.notices import failing_channels
from medallion.warehouse.roles import catalogue_reader
from medallion.warehouse.roles.catalogue_reader import (
    catalogue_session,
    catalogue_url,
    rows_session,
)
from medallion.warehouse.roles.reconcile import reconcile
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import Session, session

TABLE = PublishedTable.of(REPLACE.table.public)
CHANGES = ("DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}")


@pytest.fixture
def published(warehouse_db: str) -> str:
    """A warehouse with one publication."""
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    publish.run(REPLACE, run.context())
    return warehouse_db


def test_the_loader_makes_it_and_it_reads_what_the_pages_need(published: str) -> None:
    url = catalogue_url(published)
    with catalogue_session(url, "looking") as reading:
        assert failing_channels(reading) == []
        assert table_freshness(reading) == []  # no spec declares a table: it may ask
        readable = relations(reading, "has_table_privilege(c.oid, 'SELECT')")
        in_part = relations(reading, "has_any_column_privilege(c.oid, 'SELECT')") - readable
        published_to_it = reading.execute("SELECT FROM medallion_client.publications").fetchall()
    assert published_to_it == []
    assert in_part == set(catalogue_reader.READER.columns)
    assert readable | in_part == set(catalogue_reader.READER.tables)
    assert not {"cursor_moves", "landed_files", "current_versions"} & readable


def relations(session: Session, holds: str) -> set[str]:
    """Those of all schemas of which something holds, but the server's and the one that anybody may
    look into: its views show the rows of tables that one may read (tests/client)."""
    rows = session.execute(
        sql.SQL(
            "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
            " AND n.nspname <> 'medallion_client' AND c.relkind IN ('r', 'v', 'p') AND {}"
        ).format(sql.SQL(holds))
    ).fetchall()
    return {name for (name,) in rows}


def test_it_writes_nothing_and_reads_no_row_of_a_table(published: str) -> None:
    with psycopg.connect(catalogue_url(published), autocommit=True) as role:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            role.execute("CREATE TEMPORARY TABLE mine (a integer)")
        role.execute("SET default_transaction_read_only = off")
        refused(
            role,
            sql.SQL("DELETE FROM medallion.publications"),
            sql.SQL("SELECT receivers FROM medallion.notices"),
            sql.SQL("SELECT alerts FROM medallion.declared_pipelines"),
            sql.SQL("SELECT * FROM medallion.landed_files"),
            *(rows_of(place) for place in (TABLE.public, TABLE.version(1), TABLE.quarantine)),
        )


def rows_of(table: TableName) -> sql.Composed:
    return sql.SQL("SELECT * FROM {}").format(identifier(table))


def refused(role: psycopg.Connection, *statements: sql.Composable) -> None:
    for one in statements:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute(one)


def test_it_reads_the_rows_that_somebody_looks_at_and_changes_none(published: str) -> None:
    url, missing = catalogue_url(published), TABLE.version(9)
    with rows_session(published, url, [TABLE.version(1), missing], "looking") as reading:
        assert len(reading.execute(rows_of(TABLE.version(1))).fetchall()) == 1
        assert columns_of(reading, missing) == ()
    with psycopg.connect(published) as loader:
        loader.execute("CREATE TABLE store_silver_lab.others (a integer)")
    with psycopg.connect(url, autocommit=True) as role:
        role.execute("SET default_transaction_read_only = off")
        place = identifier(TABLE.version(1))
        refused(
            role,
            *(
                sql.SQL(how).format(place)
                for how in ("DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}")
            ),
            rows_of(TABLE.public),
            rows_of(TABLE.quarantine),
            sql.SQL("SELECT * FROM store_silver_lab.others"),
        )
    with rows_session(published, url, [TABLE.quarantine], "looking") as reading:
        assert reading.execute(rows_of(TABLE.quarantine)).fetchall() == []


def test_what_a_former_medallion_let_it_read_besides_is_taken_back(published: str) -> None:
    role = sql.Identifier(catalogue_reader.READER.role(published).name)
    url = catalogue_url(published)
    with psycopg.connect(published) as loader:
        grant = "GRANT SELECT ON ALL TABLES IN SCHEMA medallion TO {}"
        loader.execute(sql.SQL(grant).format(role))
    catalogue_reader._READY.clear()
    catalogue_url(published)
    with psycopg.connect(url, autocommit=True) as connection:
        refused(
            connection,
            sql.SQL("SELECT * FROM medallion.landed_files"),
            sql.SQL("SELECT alerts FROM medallion.declared_pipelines"),
        )
        connection.execute("SELECT owner FROM medallion.declared_pipelines")


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
            revoke = sql.SQL("REVOKE SELECT ON medallion.loads FROM {}")
            upgrade.execute(revoke.format(sql.Identifier(name)))
        with catalogue_session(catalogue_url(published), "looking") as reading:
            assert len(reading.execute("SELECT * FROM medallion.loads").fetchall()) == 1
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
