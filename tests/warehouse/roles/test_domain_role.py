"""A domain's role on a real server: a plain one that logs in by itself, made or given."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medallion.errors import SetupError, WarehouseRefused
from medallion.names import Layer, PublishedTable, TableName, worker_of
from medallion.publish.relations import identifier
from medallion.warehouse.registry import records as registry
from medallion.warehouse.roles import domain_rights, domain_role
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.schemas import ensure_schemas

TOTALS = PublishedTable(layer=Layer.GOLD, domain="lab", name="totals")


def prepared(url: str, given: str | None = None) -> DomainRole:
    """As a step has it done."""
    with connect(url) as loader:
        registry.ensure(loader)
        ensure_schemas(loader, TOTALS)
        role = domain_role.role_of(loader, url, "lab", given)
        domain_role.ensure(loader, role)
        domain_rights.bring_in_step(loader, role, builds=True)
    return role


def asked(connection: psycopg.Connection, text: str, *values: object) -> object:
    row = connection.execute(sql.SQL(text), values).fetchone()
    return row[0] if row else None


def test_its_name_fits_and_differs_by_database() -> None:
    names = {worker_of("d" * 40, database) for database in ("a" * 63, "b" * 63, "warehouse")}
    assert len(names) == 3
    assert all(len(name) <= 63 for name in names)


def test_a_domains_role_is_plain_and_its_sessions_are_pinned(warehouse_db: str) -> None:
    role = prepared(warehouse_db)
    with domain_role.log_in(warehouse_db, role) as session:
        assert asked(session, "SELECT session_user::text") == role.name
        assert asked(session, "SHOW search_path") == "pg_catalog,pg_temp"
        assert asked(session, "SHOW lock_timeout") == "1min"
        assert asked(session, "SHOW standard_conforming_strings") == "on"
        assert asked(session, "SHOW synchronous_commit") == "off"
        assert asked(session, "SHOW idle_in_transaction_session_timeout") == "15min"
        assert (
            asked(
                session,
                "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
                " FROM pg_roles WHERE rolname = current_user",
            )
            is False
        )
        # Not a right on anything outside of its own domain, and no way to another role.
        assert asked(
            session,
            "SELECT array_agg(nspname::text) FROM pg_namespace"
            " WHERE has_schema_privilege(oid, 'CREATE') AND nspname !~ '^pg_'",
        ) == ["staging_gold_lab"]
        assert (
            asked(
                session,
                "SELECT count(*) FROM pg_roles WHERE rolname <> current_user"
                " AND pg_has_role(oid, 'MEMBER')",
            )
            == 0
        )
    assert role.url not in repr(role)


def test_its_password_follows_the_loaders(warehouse_db: str, pg_url: str) -> None:
    prepared(warehouse_db)
    password, loader = secrets.token_urlsafe(16), conninfo_to_dict(warehouse_db)["user"]
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(str(loader)), password)
        )
    changed = make_conninfo(warehouse_db, password=password)
    domain_role.log_in(changed, prepared(changed)).close()


def test_one_question_says_whether_anything_is_to_be_done(warehouse_db: str) -> None:
    with connect(warehouse_db) as loader:
        registry.ensure(loader)
        role = domain_role.role_of(loader, warehouse_db, "lab", None)
        assert not domain_rights.is_in_step(loader, role, (), builds=True)
    prepared(warehouse_db)
    foreign = "CREATE SCHEMA gold_shop; CREATE TABLE gold_shop.sales (a int)"
    undone = [
        "REVOKE USAGE ON SCHEMA gold_lab FROM {role}",
        "REVOKE CREATE ON SCHEMA staging_gold_lab FROM {role}",
        "REVOKE {role} FROM CURRENT_USER",
        "CREATE TABLE gold_lab.totals (a int)",
        f"{foreign}; GRANT SELECT ON gold_shop.sales TO {{role}}",
    ]
    with connect(warehouse_db) as loader:

        def is_in_step(*reads: TableName, builds: bool = True) -> bool:
            return domain_rights.is_in_step(loader, role, reads, builds=builds)

        def change(text: str) -> None:
            loader.execute(sql.SQL(text).format(role=sql.Identifier(role.name)))

        assert is_in_step()
        for text in undone:
            with loader.transaction(force_rollback=True):
                change(text)
                assert not is_in_step(), text
        with loader.transaction(force_rollback=True):
            change(foreign)
            assert is_in_step()
            assert not is_in_step(TableName("gold_shop", "sales"))
        with loader.transaction(force_rollback=True):
            change(undone[1])
            assert is_in_step(builds=False)


@pytest.fixture
def given(pg_url: str, warehouse_db: str) -> Iterator[str]:
    """The URL of a role that an administrator has made, for the loader to grant to."""
    name, password = f"analysts_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    loader = str(conninfo_to_dict(warehouse_db)["user"])
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), password)
        )
        admin.execute(
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(name), sql.Identifier(loader))
        )
        admin.execute(sql.SQL("ALTER ROLE {} NOCREATEROLE").format(sql.Identifier(loader)))
    yield make_conninfo(warehouse_db, user=name, password=password)
    with psycopg.connect(make_conninfo(pg_url, dbname=loader), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_an_administrators_role_is_used_as_it_is(warehouse_db: str, given: str) -> None:
    role = prepared(warehouse_db, given)
    with domain_role.log_in(warehouse_db, role) as session:
        assert asked(session, "SELECT session_user::text") == conninfo_to_dict(given)["user"]
        assert asked(session, "SHOW lock_timeout") == "1min"


def test_a_role_with_more_rights_than_a_domains_is_refused(warehouse_db: str, pg_url: str) -> None:
    for mighty in (pg_url, warehouse_db):
        with pytest.raises(SetupError, match=r"has rights of the server's or the loader's"):
            prepared(warehouse_db, mighty)
    nobody = make_conninfo(warehouse_db, user="nobody_here")
    with pytest.raises(
        SetupError, match="there is no role nobody_here, which medallion_warehouse_lab"
    ):
        prepared(warehouse_db, nobody)


def test_a_loader_that_may_make_no_role_says_who_may(warehouse_db: str, pg_url: str) -> None:
    loader = sql.Identifier(str(conninfo_to_dict(warehouse_db)["user"]))
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER ROLE {} NOCREATEROLE").format(loader))
    with pytest.raises(
        SetupError, match="the loader is refused creating the role worker_lab"
    ) as no:
        prepared(warehouse_db)
    assert "python -m medallion.cli roles" in no.value.remedy
    assert "medallion_warehouse_lab" in no.value.remedy


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE {t} (a int DEFAULT 1)",
        "CREATE TABLE {t} (a int CHECK (a > 0))",
        "CREATE TABLE {t} (a int PRIMARY KEY)",
        "CREATE VIEW {t} AS SELECT 1 AS a",
        "CREATE TYPE staging_gold_lab.e AS ENUM ('x'); CREATE TABLE {t} (a staging_gold_lab.e)",
        "CREATE TABLE {t} (a int); CREATE FUNCTION staging_gold_lab.f() RETURNS trigger LANGUAGE"
        " plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER x AFTER DELETE ON {t}"
        " EXECUTE FUNCTION staging_gold_lab.f()",
    ],
)  # fmt: skip
def test_only_a_plain_table_is_taken_over(made: str, module_warehouse_db: str) -> None:
    role, table = prepared(module_warehouse_db), TableName("staging_gold_lab", "made")
    with domain_role.log_in(module_warehouse_db, role) as session:
        session.execute(sql.SQL(made).format(t=identifier(table)))
    with (
        pytest.raises(WarehouseRefused, match="is not a plain table"),
        connect(module_warehouse_db) as loader,
    ):
        domain_rights.take_over(loader, table, role)
    with domain_role.log_in(module_warehouse_db, role) as session:
        session.execute("DROP OWNED BY CURRENT_USER CASCADE")
