"""docs/for-each-table.md: its spec runs on a real PostgreSQL, and does what the page says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.docs.pages import Project, fenced
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.errors import DataRejected, SourceRefused
from medallion.plan.syncs import list_syncs
from medallion.sources.base.source import ConnectionDetails

TABLES = """
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id bigint PRIMARY KEY, amount numeric(12,2), email text);
CREATE TABLE sales."Order Lines" (order_id bigint, line int, "SKU" text,
    PRIMARY KEY (order_id, line));
CREATE TABLE sales.refunds (id bigint PRIMARY KEY, amount numeric(12,2));
CREATE TABLE sales.tmp_load (id int);
CREATE VIEW sales.totals AS SELECT sum(amount) AS total FROM sales.orders;
INSERT INTO sales.orders VALUES (1, 12.5, 'ana@example.org'), (2, 7, NULL);
INSERT INTO sales."Order Lines" VALUES (1, 1, 'A-1'), (2, 1, 'B-2');
"""
LISTED = "SELECT table_name, kind, state FROM silver_erp.source_tables ORDER BY 1"


def details_of(url: str) -> ConnectionDetails:
    found = conninfo_to_dict(url)
    return ConnectionDetails(
        conn_id="erp_db",
        conn_type="postgres",
        host=str(found["host"]),
        port=int(str(found["port"])),
        schema=str(found["dbname"]),
        login=str(found["user"]),
        password=str(found["password"]),
    )


def change(url: str, statements: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statements)


@pytest.fixture
def project(
    project_root: Path, tmp_path: Path, warehouse_db: str, second_warehouse_db: str
) -> Project:
    change(second_warehouse_db, TABLES)
    connections = {"erp_db": details_of(second_warehouse_db)}
    project = Project(root=tmp_path, url=warehouse_db, connections=connections)
    spec, *_ = fenced(project_root / "docs" / "for-each-table.md")
    project.write("specs/erp/mirror.yaml", spec)
    project.write("specs/finance/domain.yaml", "description: Finance.\n")
    assert project.problems() == []
    return project


def test_each_table_is_published_and_the_listing_says_what_there_is(
    project: Project, warehouse_db: str, second_warehouse_db: str, caplog: pytest.LogCaptureFixture
) -> None:
    project.run("erp.mirror")
    orders = query(warehouse_db, "SELECT id, amount, email FROM silver_erp.orders ORDER BY 1")
    assert [(row[0], float(row[1])) for row in orders] == [(1, 12.5), (2, 7.0)]
    assert "ana@example.org" not in str(orders)
    lines = query(warehouse_db, "SELECT order_id, sku FROM silver_erp.order_lines ORDER BY 1")
    assert lines == [(1, "A-1"), (2, "B-2")]
    assert query(warehouse_db, "SELECT count(*) FROM silver_erp.refunds") == [(0,)]
    assert query(warehouse_db, LISTED) == [
        ("Order Lines", "table", "read"),
        ("orders", "table", "read"),
        ("refunds", "table", "read"),
        ("tmp_load", "table", "excluded"),
        ("totals", "view", "excluded"),
    ]
    change(
        second_warehouse_db,
        'ALTER TABLE sales."Order Lines" RENAME TO lines; CREATE TABLE sales.customers (id int);'
        "ALTER TABLE sales.refunds RENAME TO old; CREATE VIEW sales.refunds AS TABLE sales.old",
    )
    results = project.run("erp.mirror", day=1, group="source_tables")
    assert results["source_tables.gate_silver"].details["attention"]
    assert query(warehouse_db, LISTED) == [
        ("Order Lines", None, "gone"),
        ("customers", "table", "new"),
        ("lines", "table", "new"),
        ("old", "table", "new"),
        ("orders", "table", "read"),
        ("refunds", "view", "read"),
        ("tmp_load", "table", "excluded"),
        ("totals", "view", "excluded"),
    ]
    assert "3 not in the spec: customers, lines, old. `python -m medallion.cli new erp/mirror" in (
        caplog.text
    )
    assert "1 in the spec, and not in the database: Order Lines." in caplog.text
    project.run("erp.mirror", day=1, group="refunds")
    with pytest.raises(SourceRefused, match="Order Lines"):
        project.run("erp.mirror", day=1, group="order_lines")
    assert query(warehouse_db, "SELECT count(*) FROM silver_erp.order_lines") == [(2,)]


def test_a_frozen_list_fails_its_gate(project: Project, second_warehouse_db: str) -> None:
    spec = project.root / "specs/erp/mirror.yaml"
    spec.write_text(spec.read_text().replace("new_tables: evolve", "new_tables: freeze"))
    change(second_warehouse_db, "CREATE TABLE sales.customers (id int)")
    with pytest.raises(DataRejected, match="state"):
        project.run("erp.mirror", group="source_tables")


def test_what_is_discarded_is_in_the_listing_and_nowhere_else(
    project: Project, warehouse_db: str, second_warehouse_db: str, caplog: pytest.LogCaptureFixture
) -> None:
    spec = project.root / "specs/erp/mirror.yaml"
    spec.write_text(spec.read_text().replace("new_tables: evolve", "new_tables: discard"))
    change(
        second_warehouse_db,
        "CREATE TABLE sales.customers (id int);"
        "INSERT INTO sales.customers VALUES (1); ALTER TABLE sales.refunds RENAME TO old",
    )
    results = project.run("erp.mirror", group="source_tables")
    states = query(
        warehouse_db, "SELECT table_name FROM silver_erp.source_tables WHERE state='new'"
    )
    assert sorted(states) == [("customers",), ("old",)]
    assert query(warehouse_db, "SELECT to_regclass('silver_erp.customers')") == [(None,)]
    assert results["source_tables.gate_silver"].details["attention"], "the one that has gone"
    ours = [one for one in caplog.records if one.name == "medallion"]
    warnings = [one.getMessage() for one in ours if one.levelname == "WARNING"]
    assert "1 in the spec, and not in the database: refunds" in warnings[0]
    assert "'gone'" in warnings[1]
    assert len(warnings) == 2


def test_a_column_that_is_lost_fails_its_table(project: Project, second_warehouse_db: str) -> None:
    change(second_warehouse_db, "ALTER TABLE sales.orders DROP COLUMN amount CASCADE")
    with pytest.raises(DataRejected, match="amount"):
        project.run("erp.mirror", group="orders")


LOADED = """
CREATE SCHEMA crm;
CREATE TABLE crm.customers (_airbyte_raw_id varchar NOT NULL, _airbyte_meta jsonb NOT NULL,
    _airbyte_extracted_at timestamptz NOT NULL, _airbyte_generation_id bigint,
    id bigint, name text, _ab_cdc_deleted_at varchar);
CREATE TABLE crm.orders (_airbyte_raw_id varchar NOT NULL, _airbyte_meta jsonb NOT NULL,
    _airbyte_extracted_at timestamptz NOT NULL, _airbyte_generation_id bigint,
    id bigint, total numeric(12,2), _ab_cdc_deleted_at varchar);
CREATE TABLE crm.orders_airbyte_tmp (id bigint);
CREATE TABLE crm.refunds (id bigint);
INSERT INTO crm.customers VALUES ('c1', '{}', '2026-01-01Z', 1, 1, 'Ada', NULL),
    ('c2', '{}', '2026-01-01Z', 1, 2, 'Bob', '2026-01-01T10:00:00Z');
INSERT INTO crm.orders VALUES ('o1', '{}', '2026-01-01Z', 1, 1, 9.5, NULL),
    ('o2', '{}', '2026-01-01Z', 1, 2, 7, '2026-01-01T10:00:00Z');
"""


def test_tables_that_a_tool_has_loaded_are_read_as_it_means_them(
    project_root: Path, tmp_path: Path, warehouse_db: str, second_warehouse_db: str
) -> None:
    change(second_warehouse_db, LOADED)
    connections = {"crm_loads": details_of(second_warehouse_db)}
    project = Project(root=tmp_path, url=warehouse_db, connections=connections)
    project.write("specs/crm/loads.yaml", fenced(project_root / "docs" / "for-each-table.md")[1])
    assert project.problems() == []
    (sync,) = list_syncs(plan_of("crm.loads", tmp_path))
    assert sync.before == ("customers.land", "orders.land")
    project.run("crm.loads")
    assert query(warehouse_db, "SELECT id, name FROM silver_crm.customers") == [(1, "Ada")]
    orders = "SELECT id, deleted_at IS NOT NULL FROM silver_crm.orders ORDER BY 1"
    assert query(warehouse_db, orders) == [(1, False), (2, True)]
    listed = "SELECT table_name, state FROM silver_crm.source_tables ORDER BY 1"
    assert query(warehouse_db, listed) == [
        ("customers", "read"),
        ("orders", "read"),
        ("orders_airbyte_tmp", "excluded"),
        ("refunds", "new"),
    ]


SQLITE = """
description: A till's own file.
schedule: "@daily"
start_date: 2026-01-01
for_each_table:
  conn_id: till
  exclude: [tmp_*]
  tables:
    sales:
      silver:
        primary_key: [id]
        columns: {id: {type: bigint}, amount: {type: "decimal(12,2)"}}
    Staff Members:
      silver:
        columns: {name: {type: text}}
"""


def test_the_tables_of_a_sqlite_file_are_read_and_listed(tmp_path: Path, warehouse_db: str) -> None:
    file = tmp_path / "till.db"
    with closing(sqlite3.connect(file)) as till:
        till.executescript(
            "CREATE TABLE sales (id INTEGER PRIMARY KEY, amount DECIMAL(12,2));"
            "INSERT INTO sales VALUES (1, 2.5), (2, 3);"
            'CREATE TABLE "Staff Members" (name TEXT);'
            "INSERT INTO \"Staff Members\" VALUES ('Zoë');"
            "CREATE TABLE tmp_load (id); CREATE VIEW totals AS SELECT sum(amount) AS n FROM sales"
        )
    details = ConnectionDetails(conn_id="till", conn_type="sqlite", host=str(file))
    root = tmp_path / "project"  # no source may read a file of it as a database
    root.mkdir()
    project = Project(root=root, url=warehouse_db, connections={"till": details})
    project.write("specs/erp/till.yaml", SQLITE)
    assert project.problems() == []
    project.run("erp.till")
    assert query(warehouse_db, "SELECT sum(amount)::text FROM silver_erp.sales") == [("5.50",)]
    assert query(warehouse_db, "SELECT name FROM silver_erp.staff_members") == [("Zoë",)]
    assert query(warehouse_db, LISTED) == [
        ("Staff Members", "table", "read"),
        ("sales", "table", "read"),
        ("tmp_load", "table", "excluded"),
        ("totals", "view", "excluded"),
    ]
    with closing(sqlite3.connect(file)) as till:
        till.execute('DROP TABLE "Staff Members"')
    with pytest.raises(SourceRefused, match="Staff Members"):
        project.run("erp.till", day=1)
