"""The second wall: what the role of an environment cannot do, whatever the plan says."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql
from tests.workbench.environments.shop import TOTALS, Shop

from medallion.local.postgres import EmbeddedPostgres
from medallion.plan.environment import Environment
from medallion.warehouse.environments.role import WRITTEN, make_environment


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory,
    module_warehouse_db: str,
    embedded_postgres: EmbeddedPostgres,
) -> Shop:
    made = Shop(tmp_path_factory.mktemp("shop"), module_warehouse_db, embedded_postgres)
    with made.edited({TOTALS: ("sum(amount)", "sum(amount) * 2")}):
        made.run("alice")
        made.run("bob")
    return made


@pytest.fixture
def alice(shop: Shop) -> Iterator[psycopg.Connection]:
    """A session of the environment's role itself: no parser and no plan is before the server."""
    role = make_environment(shop.url, Environment("alice"), ["lab", "shop"])
    with psycopg.connect(role.url) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE {schema}.mine (a integer)",
        "DROP SCHEMA {schema} CASCADE",
        "ALTER SCHEMA {schema} OWNER TO CURRENT_USER",
        "GRANT ALL ON SCHEMA {schema} TO PUBLIC",
    ],
)
def test_no_schema_of_production_s_is_written(
    alice: psycopg.Connection, shop: Shop, statement: str
) -> None:
    with psycopg.connect(shop.url) as loader:
        schemas = loader.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'medallion%' OR nspname = 'public'"
            " OR nspname ~ '(silver|gold)_[a-z]+$' OR nspname ~ '__bob$'"
        ).fetchall()
    assert len(schemas) > 15
    for (schema,) in schemas:
        asked = sql.SQL(statement).format(schema=sql.Identifier(schema))  # type: ignore[arg-type]
        with pytest.raises(errors.InsufficientPrivilege), alice.transaction():
            alice.execute(asked)
            # PostgreSQL warns, and grants nothing.
            granted = alice.execute(
                "SELECT has_schema_privilege('public', %s, 'CREATE')", [schema]
            ).fetchone()
            assert granted == (False,)
            raise errors.InsufficientPrivilege


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET amount = 0",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "DROP TABLE {table}",
        "ALTER TABLE {table} ADD COLUMN mine integer",
        "INSERT INTO {table} (order_id) VALUES (99)",
        "DROP VIEW {table} CASCADE",
    ],
)
def test_no_table_of_production_s_is_written(alice: psycopg.Connection, statement: str) -> None:
    for table in ("store_silver_shop.orders", "store_silver_shop.orders__v1", "silver_shop.orders"):
        with pytest.raises(psycopg.Error) as raised, alice.transaction():
            alice.execute(statement.format(table=table))  # type: ignore[arg-type]
        assert isinstance(raised.value, errors.InsufficientPrivilege | errors.WrongObjectType)


def test_no_right_on_production_s_tables_is_passed_on(alice: psycopg.Connection) -> None:
    alice.execute("GRANT ALL ON silver_shop.orders TO PUBLIC")  # PostgreSQL only warns
    asked = "SELECT has_table_privilege('public', 'silver_shop.orders', 'SELECT')"
    assert alice.execute(asked).fetchone() == (False,)


@pytest.mark.parametrize("domain", ["shop", "shop__bob"])
def test_no_row_of_the_registry_is_another_s(alice: psycopg.Connection, domain: str) -> None:
    """It reads the registry, and changes its own rows alone: not which version readers see."""
    moved = "UPDATE medallion.current_versions SET version = 99 WHERE domain = %s"
    assert alice.execute(moved, [domain]).rowcount == 0
    assert alice.execute(moved, ["shop__alice"]).rowcount == 1
    alice.rollback()
    for table in WRITTEN:
        gone = alice.execute(
            sql.SQL(
                "DELETE FROM medallion.{} AS t WHERE NOT to_jsonb(t)::text LIKE '%__alice%'"
            ).format(sql.Identifier(table))
        )
        rows = gone.rowcount if table != "landing_parts" else 0
        assert rows == 0, table
    alice.rollback()
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        alice.execute(
            "INSERT INTO medallion.current_versions (layer, domain, table_name, version)"
            " VALUES ('gold', %s, 'mine', 1)",
            [domain],
        )
    alice.rollback()
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        alice.execute(
            "UPDATE medallion.current_versions SET domain = %s WHERE domain = 'shop__alice'",
            [domain],
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE medallion.environments SET name = ''",
        "INSERT INTO medallion.environments (name, role, made_by) VALUES ('', session_user, '')",
        "DELETE FROM medallion.declared_tables",
        "DELETE FROM medallion.pinned_versions",
        "ALTER TABLE medallion.publications DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_rows ON medallion.publications",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "SET SESSION AUTHORIZATION worker_shop",
    ],
)
def test_its_limits_are_not_its_own_to_move(alice: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.Error) as raised:
        alice.execute(statement)  # type: ignore[arg-type]
    assert isinstance(
        raised.value, errors.InsufficientPrivilege | errors.UndefinedObject
        | errors.InvalidParameterValue,
    )  # fmt: skip


def test_authors_sql_in_it_reads_its_own_domain(shop: Shop) -> None:
    """The role of a domain in an environment reads the environment's tables, and production's not
    at all: not even what its own domain publishes."""
    with psycopg.connect(shop.url) as loader:
        (worker,) = loader.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ^@ 'worker_shop__alice__'"
        ).fetchone() or ("",)
        for table, may in (
            ("silver_shop__alice.orders", True),
            ("silver_shop.orders", False),
            ("silver_shop__bob.orders", False),
            ("silver_lab__alice.readings", False),
        ):
            row = loader.execute(
                "SELECT has_table_privilege(%s, %s, 'SELECT')", [worker, table]
            ).fetchone()
            assert row == (may,), table
