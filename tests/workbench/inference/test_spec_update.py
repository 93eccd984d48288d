"""A spec whose file, table or API has drifted: the diff names what came, went and changed, and
nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from tests.steps.json_api import serving

from medallion.cli.__main__ import main
from medallion.local.environment import postgres_connection
from medallion.local.postgres import EmbeddedPostgres

SPEC = """\
description: Orders.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver:
      primary_key: [id]
      columns:
        id: {type: integer}  # the shop's own
        price:
          from: Price
          type: integer
          description: In euros.
        old: {type: text, nullable: true}
        twice: {type: integer, expression: id * 2}
      checks:
        - unique: {column: id}
"""
FILE = "id,Price,Colour\n1,2.5,red\n2,3,blue\n"
DIFF = """\
--- specs/shop/orders.yaml
+++ specs/shop/orders.yaml
@@ -8,11 +8,11 @@
       primary_key: [id]
       columns:
         id: {type: integer}  # the shop's own
-        price:
-          from: Price
-          type: integer
-          description: In euros.
+        # guess: records that it did not read: 1, with '2.5'
+        price: {from: Price, description: In euros., type: "decimal(18,2)"}
+        # guess: old has gone: `optional: true`, or a second name in `from`?
         old: {type: text, nullable: true}
         twice: {type: integer, expression: id * 2}
+        colour: {from: Colour, type: text, nullable: true}
       checks:
         - unique: {column: id}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in (("specs/shop/orders.yaml", SPEC), ("include/data/shop/orders.csv", FILE)):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_drifted_file_is_a_diff(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["new", "shop/orders", "--root", str(project)]
    assert main([*words, "--update"]) == 1
    assert capsys.readouterr().out == DIFF
    assert (project / "specs/shop/orders.yaml").read_text(encoding="utf-8") == SPEC


def test_what_is_applied_is_valid_and_proposed_once(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", "shop/orders", "--root", str(project)]
    (project / "include/data/shop/orders.csv").write_text(FILE.replace("Colour", "old"))
    assert main([*words, "--write"]) == 1
    capsys.readouterr()
    assert main([*words, "--update"]) == 0
    assert capsys.readouterr().out == "specs/shop/orders.yaml says what its sources hold\n"


def test_columns_that_are_written_once_are_marked_once(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["new", "shop/orders", "--root", str(project), "--write"]
    alike = (
        "      columns_like:\n        - {fields: [Price, Gone], type: integer, nullable: true}\n"
    )
    spec = project / "specs/shop/orders.yaml"
    before = SPEC.partition("        price:")[0] + alike
    spec.write_text(before)
    assert main(words) == 1
    assert spec.read_text().splitlines()[-5:] == [
        "        colour: {from: Colour, type: text, nullable: true}",
        "      # guess: gone has gone: write it in `columns`",
        "      # guess: price: records that it did not read: 1, with '2.5': write it in `columns`",
        *alike.splitlines(),
    ]
    capsys.readouterr()
    assert main(words) == 0


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("shop/none", "specs/shop/none.yaml is not a valid spec"),
        ("shop/orders", "is not a valid spec: "),
    ],
)
def test_only_a_valid_spec_is_updated(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, problem: str
) -> None:
    (project / "specs/shop/orders.yaml").write_text(SPEC.replace("integer}", "number}"))
    assert main(["new", name, "--update", "--root", str(project)]) == 1
    assert problem in capsys.readouterr().err


TABLE = """
CREATE TABLE orders (id bigint PRIMARY KEY, price numeric(9,3) NOT NULL,
                     placed timestamptz, state text, colour text, at timestamptz);
COMMENT ON COLUMN orders.colour IS 'As painted.';
INSERT INTO orders VALUES (1, 2.500, '2026-01-01 10:00+00', 'new', 'red', now()),
                          (3000000000, 3, NULL, NULL, 'blue', now());
"""
SOURCES = """\
description: Orders.
schedule: "@daily"
start_date: 2026-01-01
datasets:
  kept:
    source: {type: database, conn_id: shop_db, table: orders}
    silver:
      primary_key: [id]
      columns:
        id: {type: integer}
        price: {type: "decimal(9,1)"}
        placed: {type: timestamp, nullable: true}
        state: {type: text}
  read:
    source:
      type: database
      conn_id: shop_db
      table: orders
      cursor: {field: at, initial_value: 2026-01-01T00:00:00Z}
    silver:
      primary_key: [id]
      write_disposition: merge
      columns:
        id: {type: bigint}
        price: {type: integer}
        placed: {type: timestamptz, nullable: true}
        state: {type: text, nullable: true}
        paint: {from: colour, type: text, nullable: true}
        at: {type: timestamptz, nullable: true}
  asked:
    source: {type: rest, conn_id: shop_api, path: orders, records: data}
    silver:
      primary_key: [id]
      columns:
        id: {type: bigint}
        total: {type: integer}
        gone: {type: text, nullable: true}
"""
CHANGES = """\
@@ -7,10 +7,15 @@
     silver:
       primary_key: [id]
       columns:
-        id: {type: integer}
+        # guess: records that it did not read: 1, with '3000000000'
+        id: {type: bigint}
         price: {type: "decimal(9,1)"}
-        placed: {type: timestamp, nullable: true}
-        state: {type: text}
+        # guess: records that it did not read: 1, with '2026-01-01 10:00:00+00'
+        placed: {type: timestamptz, nullable: true}
+        # guess: records that it did not read: 1
+        state: {type: text, nullable: true}
+        colour: {type: text, nullable: true, description: As painted.}
+        at:     {type: timestamptz, nullable: true}
   read:
     source:
       type: database
@@ -22,7 +27,8 @@
       write_disposition: merge
       columns:
         id: {type: bigint}
-        price: {type: integer}
+        # guess: records that it did not read: 1, with '2.5'
+        price: {type: "decimal(9,3)"}
         placed: {type: timestamptz, nullable: true}
         state: {type: text, nullable: true}
         paint: {from: colour, type: text, nullable: true}
@@ -33,5 +39,8 @@
       primary_key: [id]
       columns:
         id: {type: bigint}
-        total: {type: integer}
+        # guess: records that it did not read: 1, with '2.5'
+        total: {type: "decimal(18,2)"}
+        # guess: gone has gone: `optional: true`, or a second name in `from`?
         gone: {type: text, nullable: true}
+        city: {from: customer.city, type: text, nullable: true}
"""


def orders(path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    rows = [{"id": 1, "total": 2.5, "customer": {"city": "Kiel"}}, {"id": 2, "total": 3}]
    return 200, json.dumps({"data": rows}).encode()


def test_so_is_a_drifted_table_and_a_drifted_api(
    tmp_path: Path,
    embedded_postgres: EmbeddedPostgres,
    warehouse_db: str,
    second_warehouse_db: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with psycopg.connect(second_warehouse_db) as connection:
        connection.execute(TABLE)
    spec = tmp_path / "specs/shop/sources.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(SOURCES)
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    words = ["new", "shop/sources", "--root", str(tmp_path)]
    with serving(orders) as port:
        api = {"conn_type": "http", "host": f"http://127.0.0.1:{port}"}
        environ = {
            "MEDALLION_WAREHOUSE_URL": warehouse_db,
            "AIRFLOW_CONN_SHOP_DB": postgres_connection(second_warehouse_db),
            "AIRFLOW_CONN_SHOP_API": json.dumps(api),
        }
        with patch.dict(os.environ, environ):
            assert main([*words, "--write"]) == 1, capsys.readouterr()
            shown = capsys.readouterr().out
            assert shown.partition("\n@@")[2] == CHANGES.partition("@@")[2], shown
            assert main([*words, "--update"]) == 0, capsys.readouterr()
    assert capsys.readouterr().out == "specs/shop/sources.yaml says what its sources hold\n"
