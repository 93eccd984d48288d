"""docs/sources-airbyte.md: its three specs run on a real PostgreSQL, day after day.

The tables are written as the tools' documentation describes them; what dlt itself writes is in
tests/sources/dlt/test_written_by_dlt.py.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.docs.pages import Project, fenced
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.errors import SourceUnavailable
from medallion.plan.syncs import list_syncs
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.loaded_tables.table import LoadCursor
from medallion.spec.yaml.loader import read_yaml

AIRBYTE = """
CREATE SCHEMA crm;
CREATE SCHEMA airbyte_internal;
CREATE TABLE crm.customers (
    _airbyte_raw_id varchar NOT NULL, _airbyte_extracted_at timestamptz NOT NULL,
    _airbyte_meta jsonb NOT NULL, _airbyte_generation_id bigint,
    id bigint, name varchar, credit numeric(38,9)
);
CREATE TABLE crm.orders (
    _airbyte_raw_id varchar NOT NULL, _airbyte_extracted_at timestamptz NOT NULL,
    _airbyte_meta jsonb NOT NULL, _airbyte_generation_id bigint,
    id bigint, total numeric(38,9), _ab_cdc_lsn numeric(38,9), _ab_cdc_deleted_at varchar
);
CREATE TABLE airbyte_internal.crm_raw__stream_calls (
    _airbyte_raw_id varchar PRIMARY KEY, _airbyte_extracted_at timestamptz,
    _airbyte_loaded_at timestamptz, _airbyte_data jsonb, _airbyte_meta jsonb,
    _airbyte_generation_id bigint
);
"""
AIRBYTE_DAYS = (
    """
INSERT INTO crm.customers VALUES
    ('r1', '2026-01-01 10:00Z', '{"changes": [], "sync_id": 1}', 1, 1, ' Ada ', 12.5),
    ('r2', '2026-01-01 10:00Z', '{"changes": [{"field": "credit", "change": "NULLED",
     "reason": "DESTINATION_TYPECAST_ERROR"}], "sync_id": 1}', 1, 2, 'Bob', NULL);
INSERT INTO crm.orders VALUES
    ('o1', '2026-01-01 10:00Z', '{"changes": []}', 1, 1, 10, 1, NULL),
    ('o2', '2026-01-01 10:00Z', '{"changes": []}', 1, 2, 20, 2, NULL),
    ('o3', '2026-01-01 10:00Z', '{"changes": [{"field": "total", "change": "NULLED", "reason":
     "SOURCE_SERIALIZATION_ERROR"}]}', 1, 3, NULL, 3, NULL);
INSERT INTO airbyte_internal.crm_raw__stream_calls VALUES
    ('c1', '2026-01-01 10:00Z', NULL, '{"id": 1, "length": {"minutes": 1.250}}', '{}', 1),
    ('c2', '2026-01-01 11:00Z', NULL, '{"id": 1, "length": {"minutes": 2.5}}', '{}', 1),
    ('c3', '2026-01-01 10:30Z', NULL, '{"id": 2, "length": {"minutes": 3}}', '{}', 1);
""",
    """
DELETE FROM crm.customers WHERE id = 1;
INSERT INTO crm.customers VALUES
    ('r3', '2026-01-02 10:00Z', '{"changes": []}', 1, 3, 'Eve', 1);
UPDATE crm.orders SET total = NULL, _ab_cdc_deleted_at = '2026-01-02T09:00:00.000000Z',
    _airbyte_raw_id = 'o4', _airbyte_extracted_at = '2026-01-02 10:00Z' WHERE id = 2;
UPDATE crm.orders SET total = 30, _airbyte_meta = '{"changes": []}', _airbyte_raw_id = 'o5',
    _airbyte_extracted_at = '2026-01-02 10:00Z' WHERE id = 3;
INSERT INTO crm.orders VALUES
    ('late', '2026-01-01 09:30Z', '{"changes": []}', 1, 4, 40, 4, NULL);
INSERT INTO airbyte_internal.crm_raw__stream_calls VALUES
    ('c4', '2026-01-02 10:00Z', NULL, '{"id": 2, "length": {"minutes": 3},
     "_ab_cdc_deleted_at": "2026-01-02T09:00:00Z"}', '{}', 1);
""",
)
FIVETRAN = """
CREATE SCHEMA shop;
CREATE TABLE shop.accounts (id bigint PRIMARY KEY, segment text, _fivetran_deleted boolean,
    _fivetran_synced timestamptz);
CREATE TABLE shop.prices (product_id bigint, price numeric(9,2), _fivetran_start timestamptz,
    _fivetran_end timestamptz, _fivetran_active boolean, _fivetran_synced timestamptz,
    PRIMARY KEY (product_id, _fivetran_start));
CREATE TABLE shop.clicks (_fivetran_id text PRIMARY KEY, page text, _fivetran_deleted boolean,
    _fivetran_synced timestamptz);
"""
FIVETRAN_DAYS = (
    """
INSERT INTO shop.accounts VALUES (1, 'small', false, '2026-01-01 10:00Z'),
    (2, 'small', false, '2026-01-01 10:00Z'), (3, 'large', false, '2026-01-01 18:00Z');
INSERT INTO shop.prices VALUES
    (1, 9.90, '2026-01-01 08:00Z', '9999-12-31 23:59:59.999Z', true, '2026-01-01 10:00Z');
INSERT INTO shop.clicks VALUES ('a', '/', false, '2026-01-01 10:00Z'),
    ('b', '/cart', false, '2026-01-01 10:00Z'), ('d', '/', false, '2026-01-01 10:00Z');
""",
    """
UPDATE shop.accounts SET segment = 'large', _fivetran_synced = '2026-01-02 10:00Z' WHERE id = 1;
-- A re-sync found account 2 gone: the time of its row stays.
UPDATE shop.accounts SET _fivetran_deleted = true WHERE id = 2;
UPDATE shop.prices SET _fivetran_end = '2026-01-02 07:59:59.999Z', _fivetran_active = false;
INSERT INTO shop.prices VALUES
    (1, 8.90, '2026-01-02 08:00Z', '9999-12-31 23:59:59.999Z', true, '2026-01-02 10:00Z');
UPDATE shop.clicks SET _fivetran_deleted = true WHERE _fivetran_id = 'b';
INSERT INTO shop.clicks VALUES ('c', '/cart?id=2', false, '2026-01-02 10:00Z');
""",
)
DLT = """
CREATE SCHEMA web;
CREATE TABLE web._dlt_loads (load_id varchar NOT NULL, schema_name varchar, status bigint NOT NULL,
    inserted_at timestamptz NOT NULL, schema_version_hash varchar);
CREATE TABLE web.orders (id bigint, status varchar, _dlt_load_id varchar NOT NULL,
    _dlt_id varchar NOT NULL UNIQUE);
CREATE TABLE web.orders__items (sku varchar, _dlt_parent_id varchar NOT NULL,
    _dlt_list_idx bigint NOT NULL, _dlt_id varchar NOT NULL UNIQUE);
CREATE TABLE web.events (id bigint, what varchar, _dlt_load_id varchar NOT NULL,
    _dlt_id varchar NOT NULL UNIQUE);
"""
DLT_DAYS = (
    """
INSERT INTO web.orders VALUES (1, 'new', '100.1', 'x1'), (2, 'new', '100.1', 'x2');
INSERT INTO web.orders__items VALUES ('pen', 'x1', 0, 'y1'), ('ink', 'x1', 1, 'y2'),
    ('cap', 'x2', 0, 'z1'), ('nib', 'x2', 1, 'z2');
INSERT INTO web.events VALUES (1, 'open', '100.1', 'e1'), (2, 'late', '90.5', 'e2');
INSERT INTO web._dlt_loads VALUES ('100.1', 'web', 0, '2026-01-01 10:00Z', 'h');
""",
    """
DELETE FROM web.orders__items WHERE _dlt_parent_id = 'x1';
DELETE FROM web.orders WHERE id = 1;
INSERT INTO web.orders VALUES (1, 'paid', '200.2', 'x3');
INSERT INTO web.orders__items VALUES ('pen', 'x3', 0, 'y3');
INSERT INTO web.events VALUES (3, 'close', '200.2', 'e3');
INSERT INTO web._dlt_loads VALUES ('200.2', 'web', 0, '2026-01-02 10:00Z', 'h'),
    ('90.5', 'web', 0, '2026-01-02 09:00Z', 'h'), ('90.5', 'web', 0, '2026-01-02 09:01Z', 'h');
""",
)


@pytest.fixture
def page(project_root: Path) -> Path:
    return project_root / "docs" / "sources-airbyte.md"


@pytest.fixture
def loads(second_warehouse_db: str) -> psycopg.Connection[Any]:
    return psycopg.connect(second_warehouse_db, autocommit=True)


def connection_of(url: str, conn_id: str) -> ConnectionDetails:
    found = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    return ConnectionDetails(
        conn_id=conn_id,
        conn_type="postgres",
        host=found["host"],
        port=int(found["port"]),
        schema=found["dbname"],
        login=found["user"],
        password=found["password"],
    )


def project_of(page: Path, number: int, root: Path, url: str, source_url: str) -> Project:
    conn_id = ("crm_loads", "shop_loads", "shop_loads")[number]
    details = connection_of(source_url, conn_id)
    project = Project(root=root, url=url, connections={conn_id: details})
    project.write("specs/shop/loads.yaml", fenced(page)[number])
    assert project.problems() == []
    return project


def test_the_cursors_between_the_specs_are_accepted(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"`(?:cursor: )?(\{(?:lookback|initial_value): [^}`]+\})`", text)
    assert len(found) == 3
    for one in found:
        assert LoadCursor.model_validate(read_yaml(one.encode())).model_fields_set


def test_airbyte(
    page: Path,
    tmp_path: Path,
    warehouse_db: str,
    second_warehouse_db: str,
    loads: psycopg.Connection[Any],
) -> None:
    project = project_of(page, 0, tmp_path, warehouse_db, second_warehouse_db)
    loads.execute(AIRBYTE)
    loads.execute(AIRBYTE_DAYS[0])
    first = project.run("shop.loads")
    assert first["customers.land"].details["airbyte_changed_rows"] == 1
    assert query(
        warehouse_db, "SELECT customer_id, name, credit, changed FROM silver_shop.customers"
    ) == [
        (1, "Ada", Decimal("12.50"), None),
        (2, "Bob", None, "credit: NULLED (DESTINATION_TYPECAST_ERROR)"),
    ]
    orders = "SELECT order_id, total, deleted_at IS NOT NULL FROM silver_shop.orders ORDER BY 1"
    assert query(warehouse_db, orders) == [(1, 10, False), (2, 20, False)]
    ((reasons,),) = query(warehouse_db, "SELECT reasons FROM quarantine_silver_shop.orders")
    assert reasons == ["total: NULLED (SOURCE_SERIALIZATION_ERROR)"]
    calls = "SELECT call_id, minutes, deleted_at IS NOT NULL FROM silver_shop.calls ORDER BY 1"
    assert query(warehouse_db, calls) == [(1, Decimal("2.500"), False), (2, 3, False)]
    loads.execute(AIRBYTE_DAYS[1])
    project.run("shop.loads", day=1)
    assert query(warehouse_db, "SELECT customer_id FROM silver_shop.customers ORDER BY 1") == [
        (2,), (3,)
    ]  # fmt: skip
    assert query(warehouse_db, orders) == [
        (1, 10, False), (2, None, True), (3, 30, False), (4, 40, False)
    ]  # fmt: skip
    assert query(warehouse_db, calls) == [(1, Decimal("2.500"), False), (2, 3, True)]
    again = project.run("shop.loads", day=1)
    assert query(warehouse_db, orders)[1:] == [(2, None, True), (3, 30, False), (4, 40, False)]
    assert again["orders.publish"].rows_out is not None


def test_a_sync_before_each_run(page: Path, tmp_path: Path, warehouse_db: str) -> None:
    project = Project(root=tmp_path, url=warehouse_db)
    project.write("specs/shop/loads.yaml", fenced(page)[3])
    assert project.problems() == []
    (sync,) = list_syncs(plan_of("shop.loads", tmp_path))
    assert sync.before == ("invoices.land",)
    assert f"{sync.request.tool}-sync-<connection_id>" in page.read_text(encoding="utf-8")
    assert sync.request.conn_id == "crm_airbyte"
    assert sync.request.timeout == timedelta(hours=2)


def test_fivetran(
    page: Path,
    tmp_path: Path,
    warehouse_db: str,
    second_warehouse_db: str,
    loads: psycopg.Connection[Any],
) -> None:
    project = project_of(page, 1, tmp_path, warehouse_db, second_warehouse_db)
    loads.execute(FIVETRAN)
    loads.execute(FIVETRAN_DAYS[0])
    project.run("shop.loads")
    loads.execute(FIVETRAN_DAYS[1])
    results = project.run("shop.loads", day=1)
    assert results["clicks.land"].details["deleted_rows"] == 1
    accounts = "SELECT account_id, segment, is_deleted FROM silver_shop.accounts ORDER BY 1"
    wanted = [(1, "large", False), (2, "small", True), (3, "large", False)]
    assert query(warehouse_db, accounts) == wanted
    prices = "SELECT price, is_current FROM silver_shop.prices ORDER BY valid_from"
    assert query(warehouse_db, prices) == [(Decimal("9.90"), False), (Decimal("8.90"), True)]
    clicks = "SELECT click_id FROM silver_shop.clicks ORDER BY 1"
    assert query(warehouse_db, clicks) == [("a",), ("c",), ("d",)]
    project.run("shop.loads", day=2)
    project.run("shop.loads", day=1)
    assert query(warehouse_db, accounts) == wanted


def test_dlt(
    page: Path,
    tmp_path: Path,
    warehouse_db: str,
    second_warehouse_db: str,
    loads: psycopg.Connection[Any],
) -> None:
    project = project_of(page, 2, tmp_path, warehouse_db, second_warehouse_db)
    loads.execute(DLT)
    loads.execute(DLT_DAYS[0])
    project.run("shop.loads")
    events = "SELECT event_id FROM silver_shop.events ORDER BY 1"
    assert query(warehouse_db, events) == [(1,)]
    loads.execute(DLT_DAYS[1])
    project.run("shop.loads", day=1)
    project.run("shop.loads", day=2)
    assert query(warehouse_db, events) == [(1,), (2,), (3,)]
    orders = "SELECT order_id, status FROM silver_shop.orders ORDER BY 1"
    assert query(warehouse_db, orders) == [(1, "paid"), (2, "new")]
    items = 'SELECT item_id, "order", sku FROM silver_shop.items ORDER BY 1'
    assert query(warehouse_db, items) == [
        ("y3", "x3", "pen"), ("z1", "x2", "cap"), ("z2", "x2", "nib")
    ]  # fmt: skip
    loads.execute("DELETE FROM web.orders WHERE id = 1")
    loads.execute("INSERT INTO web.orders VALUES (1, 'sent', '300.3', 'x4')")
    with pytest.raises(SourceUnavailable, match="has 1 row of a load that dlt has not completed"):
        project.run("shop.loads", day=3, group="orders")
    assert query(warehouse_db, orders) == [(1, "paid"), (2, "new")]
    loads.execute("INSERT INTO web._dlt_loads VALUES ('300.3', 'web', 0, '2026-01-03 10:00Z', 'h')")
    project.run("shop.loads", day=3, group="orders")
    assert query(warehouse_db, orders) == [(1, "sent"), (2, "new")]
