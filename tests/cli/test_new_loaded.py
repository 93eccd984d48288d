"""`new` on tables that Airbyte, Fivetran and dlt have loaded: it knows them by their columns, and
what it writes runs."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest

from medallion.cli.__main__ import main
from medallion.local.environment import postgres_connection

TABLES = """
CREATE SCHEMA crm;
CREATE TABLE crm.accounts (id bigint PRIMARY KEY, segment text NOT NULL, _fivetran_deleted boolean,
    _fivetran_synced timestamptz);
INSERT INTO crm.accounts SELECT n, 'segment ' || n, n = 7, '2026-01-01Z'
FROM generate_series(1, 30) AS n;
CREATE TABLE crm.orders (_airbyte_raw_id varchar, _airbyte_extracted_at timestamptz,
    _airbyte_meta jsonb, _airbyte_generation_id bigint, id bigint, total numeric(38,9),
    _ab_cdc_lsn numeric(38,9), _ab_cdc_deleted_at varchar);
INSERT INTO crm.orders SELECT 'r' || n, '2026-01-01Z', '{"changes": []}', 1, n, n * 1.5, n
FROM generate_series(1, 30) AS n;
CREATE TABLE crm._dlt_loads (load_id varchar, schema_name varchar, status bigint,
    inserted_at timestamptz);
INSERT INTO crm._dlt_loads VALUES ('1.5', 'crm', 0, '2026-01-01Z');
CREATE TABLE crm.carts (id bigint, _dlt_load_id varchar, _dlt_id varchar);
INSERT INTO crm.carts SELECT n, '1.5', 'x' || n FROM generate_series(1, 30) AS n;
CREATE TABLE crm.carts__items (sku varchar, _dlt_parent_id varchar, _dlt_list_idx bigint,
    _dlt_id varchar);
INSERT INTO crm.carts__items SELECT 'sku ' || n, 'x' || n, 0, 'y' || n
FROM generate_series(1, 30) AS n;
"""


GUESS = "      # guess: its columns are {}: a row that {} as deleted is left out\n      type: {}\n"
WANTED = {
    "accounts": (GUESS.format("Fivetran's", "it marks", "fivetran"), "id:", "segment:"),
    "orders": (GUESS.format("Airbyte's", "CDC marks", "airbyte"), "id:", "total:"),
    "carts__items": (
        "      type: dlt\n      conn_id: crm_loads\n      table: crm.carts__items\n"
        "      parents: [carts]\n",
        "sku:",
        "from: _dlt_parent_id",
    ),
}
OWN = ("_fivetran", "_ab_cdc", "_airbyte", "root_load_id")


@pytest.mark.parametrize("table", WANTED)
def test_a_loaded_table_gets_its_own_type(
    project: Path,
    warehouse_db: str,
    second_warehouse_db: str,
    capsys: pytest.CaptureFixture[str],
    table: str,
) -> None:
    with psycopg.connect(second_warehouse_db) as connection:
        connection.execute(TABLES)
    environ = {
        "MEDALLION_WAREHOUSE_URL": warehouse_db,
        "AIRFLOW_CONN_CRM_LOADS": postgres_connection(second_warehouse_db),
    }
    name = f"crm/{table.replace('__', '_')}"
    words = ["--root", str(project), "--connection", "crm_loads", "--table", f"crm.{table}"]
    with patch.dict(os.environ, environ):
        code = main(["new", name, *words])
    shown = capsys.readouterr()
    assert code == 0, shown
    text = (project / f"specs/{name}.yaml").read_text(encoding="utf-8")
    assert [part for part in WANTED[table] if part not in text] == []
    assert [part for part in OWN if part in text] == []
    published = 29 if table == "accounts" else 30
    assert f"{published} rows read = {published} published + 0 quarantined" in shown.out
