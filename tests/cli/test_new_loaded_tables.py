"""`new` from a schema that Airbyte, Fivetran or dlt fills: one list, as the tool means it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from medallion.cli.__main__ import main
from medallion.local.environment import postgres_connection
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

META = """_airbyte_raw_id varchar NOT NULL, _airbyte_extracted_at timestamptz NOT NULL,
    _airbyte_meta jsonb NOT NULL, _airbyte_generation_id bigint"""
AIRBYTE = f"""
CREATE SCHEMA crm;
CREATE TABLE crm.orders ({META}, id bigint, total numeric(38,9), _ab_cdc_deleted_at varchar);
CREATE TABLE crm.raw_calls (_airbyte_raw_id varchar PRIMARY KEY,
    _airbyte_extracted_at timestamptz, _airbyte_loaded_at timestamptz, _airbyte_data jsonb);
CREATE TABLE crm.orders_airbyte_tmp ({META}, id bigint);
CREATE TABLE crm.countries (code text PRIMARY KEY);
INSERT INTO crm.orders VALUES ('r1', '2026-01-01Z', '{{}}', 1, 7, 9.5, NULL);
INSERT INTO crm.raw_calls VALUES ('c1', '2026-01-01Z', NULL, '{{"id": 1, "minutes": 2}}');
"""
FIVETRAN = """
CREATE SCHEMA shop;
CREATE TABLE shop.accounts (id bigint PRIMARY KEY, segment text, _fivetran_deleted boolean,
    _fivetran_synced timestamptz);
CREATE TABLE shop.prices (product_id bigint, price numeric(9,2), _fivetran_start timestamptz,
    _fivetran_end timestamptz, _fivetran_active boolean, _fivetran_synced timestamptz);
CREATE TABLE shop.clicks (_fivetran_id text, page text, _fivetran_synced timestamptz);
CREATE TABLE shop.fivetran_audit (id text, message text);
INSERT INTO shop.clicks VALUES ('a', '/', '2026-01-01Z');
"""
DLT = """
CREATE SCHEMA web;
CREATE TABLE web._dlt_loads (load_id varchar, schema_name varchar, status bigint,
    inserted_at timestamptz, schema_version_hash varchar);
CREATE TABLE web._dlt_version (version bigint, engine_version bigint);
CREATE TABLE web.orders (id bigint, _dlt_load_id varchar, _dlt_id varchar);
CREATE TABLE web.orders__items (sku varchar, _dlt_parent_id varchar, _dlt_list_idx bigint,
    _dlt_id varchar);
INSERT INTO web._dlt_loads VALUES ('1.1', 'web', 0, '2026-01-01Z', 'h');
INSERT INTO web.orders VALUES (1, '1.1', 'x1');
INSERT INTO web.orders__items VALUES ('pen', 'x1', 0, 'y1');
"""
OF_AIRBYTE = """\
for_each_table:
  type: airbyte
  conn_id: loads
  schema: crm
  # guess: countries is left out: Airbyte has not loaded it
  tables:
    orders:
      description: One row for each record.
      silver:
        # guess: no primary key in the database; id tells the first records apart
        columns:
          id:    {type: bigint}
          total: {type: "decimal(38,9)", nullable: true}
    raw_calls:
      source: {raw: true}
      description: One row for each record.
"""
OF_FIVETRAN = """\
    clicks:
      description: One row for each fivetran id.
      silver:
        primary_key: [fivetran_id]
        columns:
          fivetran_id: {from: _fivetran_id, type: text}
          page:        {type: text, nullable: true}
    prices:
      source: {history: current}
"""
OF_DLT = """\
    orders__items:
      source: {parents: [orders]}
      description: One row for each dlt id.
      silver:
        primary_key: [dlt_id]
"""


@pytest.fixture
def loads(
    tmp_path: Path, warehouse_db: str, second_warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("AIRFLOW_CONN_LOADS", postgres_connection(second_warehouse_db))
    with psycopg.connect(second_warehouse_db) as connection:
        for text in (AIRBYTE, FIVETRAN, DLT):
            connection.execute(text)
    return second_warehouse_db


def write_list(root: Path, schema: str, *more: str) -> str:
    words = ["new", f"shop/{schema}", "--root", str(root), "--connection", "loads", *more]
    main([*words, "--schema", schema, "--tables", "*"])
    return (root / f"specs/shop/{schema}.yaml").read_text(encoding="utf-8")


def problems(root: Path) -> list[str]:
    return [one.one_line() for one in load_all(root, sql_reader(root)).issues]


def test_a_schema_of_thirty_tables_of_airbytes_is_one_list(project: Path, loads: str) -> None:
    with psycopg.connect(loads) as connection:
        for number in range(30):
            connection.execute(
                f"CREATE TABLE crm.stream_{number:02d} ({META}, id bigint PRIMARY KEY, name text)"
            )
    text = write_list(project, "crm")
    assert OF_AIRBYTE in text, text[:3000]
    listed = text.partition("  tables:\n")[2]
    assert listed.count("    stream_") == 30
    assert listed.count("primary_key: [id]") == 30
    assert "airbyte_extracted_at: {from: _airbyte_extracted_at, type: timestamptz" in listed
    own = {"_airbyte_raw_id", "_airbyte_meta", "_airbyte_generation_id", "_airbyte_changes"}
    assert {name for name in own if name in listed} == set()
    assert "orders_airbyte_tmp" not in text
    assert problems(project) == []


def test_a_table_without_columns_of_data_is_left_out(project: Path, loads: str) -> None:
    with psycopg.connect(loads) as connection:
        connection.execute(f"CREATE TABLE crm.nothing ({META}); CREATE TABLE crm.bare ()")
    text = write_list(project, "crm")
    assert "  # guess: nothing is left out: it has no columns of data\n" in text
    assert "    nothing:" not in text and "    bare:" not in text
    assert problems(project) == []


def test_states_and_rows_without_a_key_of_fivetrans(project: Path, loads: str) -> None:
    text = write_list(project, "shop")
    assert "  type: fivetran\n" in text
    assert OF_FIVETRAN in text
    assert "fivetran_audit" not in text
    assert "_fivetran_deleted" not in text
    assert problems(project) == []


def test_children_of_dlts_name_their_parents(project: Path, loads: str) -> None:
    text = write_list(project, "web")
    assert "  type: dlt\n" in text
    assert OF_DLT in text
    assert "_dlt_loads" not in text
    assert "_dlt_version" not in text
    assert problems(project) == []


def test_one_table_of_a_tool_among_others_is_left_out(project: Path, loads: str) -> None:
    with psycopg.connect(loads) as connection:
        connection.execute("CREATE TABLE crm.a (id int); CREATE TABLE crm.b (id int)")
        connection.execute("DROP TABLE crm.raw_calls")
    text = write_list(project, "crm")
    assert "  type:" not in text.partition("  tables:\n")[0]
    assert "  # guess: orders is left out: Airbyte has loaded it\n" in text
    assert "\n    countries:\n" in text


def test_the_list_is_kept(project: Path, loads: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = project / "specs/shop/shop.yaml"
    text = write_list(project, "shop")
    words = ["new", "shop/shop", "--root", str(project)]
    deleted = "          is_deleted: {from: _fivetran_deleted, type: boolean}\n"
    keeps = text.replace("          segment:", f"{deleted}          segment:").replace(
        "    accounts:\n", "    accounts:\n      source: {deletions: keep}\n"
    )
    target.write_text(keeps, encoding="utf-8")
    assert problems(project) == []
    capsys.readouterr()
    assert main([*words, "--update"]) == 0, capsys.readouterr().out
    with psycopg.connect(loads) as connection:
        connection.execute("INSERT INTO shop.accounts VALUES (1, 'small', false, '2026-01-01Z')")
        connection.execute("CREATE TABLE shop.returns (id bigint PRIMARY KEY, why text,"
                           " _fivetran_deleted boolean, _fivetran_synced timestamptz)")  # fmt: skip
        connection.execute("CREATE TABLE shop.notes (id int); CREATE TABLE shop.fivetran_query ()")
        connection.execute("ALTER TABLE shop.accounts ADD country text")
        connection.execute("UPDATE shop.accounts SET country = 'fr'")
        connection.execute("DROP TABLE shop.clicks")
    assert main([*words, "--write"]) == 1
    said = capsys.readouterr()
    assert "notes: Fivetran has not loaded it" in said.err
    after = target.read_text(encoding="utf-8")
    added = [line for line in after.splitlines() if line not in keeps.splitlines()]
    assert "    returns:" in added
    assert [line.split(":")[0].strip() for line in added if "country" in line] == ["country"]
    assert "    # guess: clicks has gone: remove it, or was it renamed?" in added
    assert not [line for line in added if "_fivetran" in line]
    assert main([*words, "--update"]) == 0
