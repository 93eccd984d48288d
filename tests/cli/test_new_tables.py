"""`new` from many tables of a real database, and `--update` once they have changed."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest

from medallion.cli.__main__ import main
from medallion.local.environment import postgres_connection

TABLES = """
CREATE SCHEMA sales;
CREATE TABLE sales.orders (
    id bigint PRIMARY KEY, amount numeric(12,2) NOT NULL, email text, "Placed At" timestamptz
);
COMMENT ON TABLE sales.orders IS 'What customers have ordered.';
CREATE TABLE sales."Order Lines" (order_id bigint, line int, PRIMARY KEY (order_id, line));
CREATE TABLE sales.order_lines (id int);
CREATE TABLE sales."1: it's ""q"" #" (id int, name text);
CREATE TABLE sales.no_column ();
CREATE TABLE sales.tmp_load (id int);
CREATE VIEW sales.totals AS SELECT sum(amount) AS total FROM sales.orders;
INSERT INTO sales.orders VALUES (1, 12.5, 'ana@example.org'), (2, 7, 'bo@example.org');
INSERT INTO sales."Order Lines" VALUES (1, 1);
"""

LISTED = """\
for_each_table:
  conn_id: shop_db
  schema: sales
  exclude: ["tmp_*"]
  # guess: no_column is left out: the table or query has no column
  tables:
    "1: it's \\"q\\" #":
      description: One row for each record.
      silver:
        # guess: no primary key in the database
        # guess: it has no record now: a run without records is accepted
        guard: {min_rows: 0}
        columns:
          id:   {type: integer, nullable: true}
          name: {type: text, nullable: true}
    Order Lines:
      description: One row for each order id and line.
      silver:
        primary_key: [order_id, line]
        columns:
          order_id: {type: bigint}
          line:     {type: integer}
    order_lines:
      dataset: order_lines_2
      description: One row for each record.
      silver:
        # guess: no primary key in the database
        # guess: it has no record now: a run without records is accepted
        guard: {min_rows: 0}
        columns:
          id: {type: integer, nullable: true}
    orders:
      description: What customers have ordered.
      silver:
        primary_key: [id]
        columns:
          id:        {type: bigint}
          amount:    {type: "decimal(12,2)"}
          # guess: personal data: 100% of the values are e-mail addresses
          email:     {type: text, nullable: true, classification: {pii: email, protect: mask}}
          placed_at: {from: Placed At, type: timestamptz, nullable: true}
"""
ADDED = (
    "    # guess: order_lines has gone: remove it, or was it renamed?\n    order_lines:\n",
    "          channel: {type: text, nullable: true}\n",
    "    refunds:\n      description: One row for each id.\n",
)


def test_a_schema_becomes_a_spec_which_is_kept(
    project: Path,
    warehouse_db: str,
    second_warehouse_db: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with psycopg.connect(second_warehouse_db) as connection:
        connection.execute(TABLES)
    environ = {
        "MEDALLION_WAREHOUSE_URL": warehouse_db,
        "AIRFLOW_CONN_SHOP_DB": postgres_connection(second_warehouse_db),
    }
    target = project / "specs/shop/mirror.yaml"
    words = ["new", "shop/mirror", "--root", str(project)]
    asked = ["--connection", "shop_db", "--schema", "sales", "--tables", "*", "--exclude", "tmp_*"]
    with patch.dict(os.environ, environ):
        assert main([*words, *asked]) == 1
        assert "no_column is left out: the table or query has no column" in capsys.readouterr().out
        text = target.read_text(encoding="utf-8")
        assert text[text.index("for_each_table:") :] == LISTED
        assert main([*words, "--update"]) == 0
        with psycopg.connect(second_warehouse_db) as connection:
            connection.execute(
                "DROP TABLE sales.no_column; DROP TABLE sales.order_lines;"
                "CREATE TABLE sales.refunds (id bigint PRIMARY KEY);"
                "ALTER TABLE sales.orders ADD channel text NOT NULL DEFAULT 'web'"
            )
        assert main([*words, "--write"]) == 1
        after = target.read_text(encoding="utf-8")
        assert main([*words, "--update"]) == 0
        capsys.readouterr()
        assert main(["validate", "--root", str(project)]) == 0
    for line in ADDED:
        assert line in after
        assert line not in text
    assert after.index("    refunds:") > after.index("    orders:")
