"""The role that Superset logs in as: it reads what `bi_reader` may read, and changes nothing."""

from __future__ import annotations

import secrets
from dataclasses import replace

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.steps.staged import REPLACE, Run

from medallion.steps.publish import step as publish
from medallion.warehouse.roles.bi_login import BI_LOGIN, ensure_bi_login
from medallion.warehouse.session.connection import connect

OTHERS = """
CREATE SCHEMA gold_bank; CREATE VIEW gold_bank.suspicious AS SELECT 1 AS id;
CREATE SCHEMA silver_bank; CREATE TABLE silver_bank.customers (id bigint);
CREATE SCHEMA quarantine_silver_bank; CREATE TABLE quarantine_silver_bank.customers (id bigint)
"""
EVERYTHING = """
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_toast'
"""
CHANGES = (
    "INSERT INTO silver_lab.readings (id) VALUES (2)",
    "DELETE FROM silver_lab.readings",
    "CREATE TABLE silver_lab.mine (id bigint)",
    "CREATE TABLE public.mine (id bigint)",
    "CREATE TEMP TABLE mine (id bigint)",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "GRANT bi_reader TO postgres",
)


@pytest.fixture
def reader_url(warehouse_db: str, pg_url: str) -> str:
    """A warehouse with one table that is granted to bi_reader, as Superset reaches it."""
    admin_url = make_conninfo(pg_url, dbname=str(conninfo_to_dict(warehouse_db)["dbname"]))
    password = secrets.token_urlsafe(16)
    with connect(admin_url) as admin:
        assert f"{BI_LOGIN} has TimeZone UTC" in list(ensure_bi_login(admin, "another"))
        assert list(ensure_bi_login(admin, password)) == []
    run = Run(url=warehouse_db, day=0)
    run.stage([(1, "a")])
    publish.run(replace(REPLACE, grants=("bi_reader",)), run.context())
    with psycopg.connect(warehouse_db) as loader:
        loader.execute(OTHERS)
    return make_conninfo(warehouse_db, user=BI_LOGIN, password=password)


def test_superset_reads_what_is_granted_and_nothing_else(
    reader_url: str, warehouse_db: str
) -> None:
    with psycopg.connect(warehouse_db) as loader:
        relations = [name for (name,) in loader.execute(EVERYTHING).fetchall()]
    assert {"gold_bank.suspicious", "medallion.publications", "silver_bank.customers"} <= set(
        relations
    )
    readable = []
    with psycopg.connect(reader_url, autocommit=True) as reader:
        for relation in relations:
            try:
                reader.execute(f"SELECT count(*) FROM {relation}")
            except errors.InsufficientPrivilege:
                continue
            readable.append(relation)
        # The client's views are everybody's: what they say of tables, their own tests hold.
        own = [name for name in readable if not name.startswith("medallion_client.")]
        assert own == ["silver_lab.readings"]
        assert reader.execute("SELECT id, value FROM silver_lab.readings").fetchall() == [(1, "a")]
        assert reader.execute(
            "SELECT current_setting('statement_timeout'), current_setting('timezone'),"
            " current_setting('default_transaction_read_only'),"
            " (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user)"
        ).fetchone() == ("1min", "UTC", "on", 30)


def test_superset_changes_nothing_even_where_it_takes_read_only_off(reader_url: str) -> None:
    with psycopg.connect(reader_url, autocommit=True) as reader:
        with pytest.raises(errors.ReadOnlySqlTransaction):
            reader.execute("CREATE TABLE public.mine (id bigint)")
        reader.execute("SET default_transaction_read_only = off")
        for change in CHANGES:
            with pytest.raises(errors.InsufficientPrivilege):
                reader.execute(change)
