"""`new` from a real database: what its catalogue says is in the spec, no secret is, and the preview
passes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import psycopg
import pytest

from medallion.cli.__main__ import main
from medallion.local.environment import postgres_connection

TABLE = """
CREATE SCHEMA shop;
CREATE TABLE shop.orders (
    id bigint, line smallint, status varchar(10) NOT NULL, amount numeric(12,2), fee numeric,
    placed date NOT NULL, "Updated At" timestamptz NOT NULL, email text, note text NOT NULL,
    tags text[] NOT NULL, extra jsonb, ref uuid NOT NULL, PRIMARY KEY (id, line)
);
COMMENT ON TABLE shop.orders IS 'What customers have ordered.';
COMMENT ON COLUMN shop.orders.amount IS 'In euro: with "VAT"';
INSERT INTO shop.orders
SELECT n, 1, (ARRAY['new', 'paid', 'sent'])[n % 3 + 1], n * 1.5, CASE WHEN n > 9 THEN 0.125 END,
    date '2026-01-01' + n, timestamptz '2026-01-01 10:00+00' + n * interval '1 hour',
    'c' || n || '@example.org', CASE WHEN n = 1 THEN '' ELSE 'note ' || n END, '{a,b}',
    '{"gift": true}', gen_random_uuid()
FROM generate_series(1, 60) AS n;
ANALYZE shop.orders;
"""
SPEC = """\
# yaml-language-server: $schema=../pipeline.schema.json
# Inferred from 60 records of shop.orders of shop_db.
# What was guessed is marked: decide, and remove the mark.
description: Orders.  # guess: say more
schedule: "@daily"
start_date: TODAY

datasets:
  orders:
    description: What customers have ordered.
    # guess: Updated At may grow with each change (all 60 records have it, and in their order it
    #   never falls): `cursor` would read only what is new, and would not see what is deleted
    source:
      type: database
      conn_id: shop_db
      table: shop.orders
    bronze:
      checks:
        - row_count: {min_value: 1}
    silver:
      primary_key: [id, line]
      columns:
        id:         {type: bigint}
        line:       {type: smallint}
        status:     {type: text}
        amount:     {type: "decimal(12,2)", nullable: true, description: "In euro: with \\"VAT\\""}
        fee:        {type: "decimal(18,3)", nullable: true}
        placed:     {type: date}
        updated_at: {from: Updated At, type: timestamptz}
        # guess: personal data: 100% of the values are e-mail addresses
        email:      {type: text, nullable: true, classification: {pii: email, protect: mask}}
        note:       {type: text}
        tags:       {type: "text[]"}
        extra:      {type: json, nullable: true}
        ref:        {type: uuid}
      checks:
        - accepted_values: {column: status, values: [new, paid, sent], on_failure: warn}
        - between: {column: amount, min_value: 0, max_value: 200, on_failure: warn}
"""


def test_a_table_becomes_a_spec_whose_preview_passes(
    project: Path,
    warehouse_db: str,
    second_warehouse_db: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with psycopg.connect(second_warehouse_db) as connection:
        connection.execute(TABLE)
    environ = {
        "MEDALLION_WAREHOUSE_URL": warehouse_db,
        "AIRFLOW_CONN_SHOP_DB": postgres_connection(second_warehouse_db),
        "AIRFLOW_CONN_OTHER_NAME": postgres_connection(warehouse_db),
    }
    words = ["--root", str(project), "--connection", "shop_db"]
    with patch.dict(os.environ, environ):
        assert main(["new", "shop/orders", *words, "--table", "shop.orders"]) == 0, (
            capsys.readouterr()
        )
        shown = capsys.readouterr().out
        text = (project / "specs/shop/orders.yaml").read_text(encoding="utf-8")
        query = "SELECT id, amount FROM shop.orders WHERE line = 1"
        words += ["--print", "--cursor", "Updated At"]
        assert main(["new", "shop/o", *words, "--query", query]) == 0
        of_query = capsys.readouterr().out
        assert main(["new", "shop/o", *words, "--table", "shop.orders"]) == 0
        with_cursor = capsys.readouterr().out
        shutil.rmtree(project / "specs/shop")
        words[3] = "other_name"
        assert main(["new", "shop/o", *words, "--table", "medallion.loads"]) == 1
        assert "leads to the warehouse itself" in capsys.readouterr().err
    dated = next(line for line in text.splitlines() if line.startswith("start_date: "))
    assert text.replace(dated, "start_date: TODAY") == SPEC
    written = shown + text + of_query + with_cursor
    assert str(urlsplit(second_warehouse_db).password) not in written
    for expected in (
        "numeric(12,2) in the database; the values are DECIMAL(12,2)",
        "the primary key is the database's own",
        "the database estimates 60 rows",
        "60 rows read = 60 published + 0 quarantined + 0 duplicates + 0 discarded",
    ):
        assert expected in shown
    assert "description: One row for each id.\n" in of_query
    assert "      cursor: {field: Updated At, initial_value: 1970-01-01T00:00:00Z}\n" in with_cursor
    assert "      write_disposition: merge\n" in with_cursor
    assert "bronze:" not in with_cursor


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "none is named"),
        (["a.csv", "--url", "https://shop.example"], "two are named"),
        (["--table", "shop.orders"], "which database?"),
        (["--connection", "erp", "--table", "t"], "may not use the connection erp"),
        (["--connection", "medallion_warehouse", "--table", "t"], "is the warehouse itself"),
        (["--url", "https://shop.example/orders"], "may not use the connection x_api"),
        (["--url", "https://shop.example/?api_key=1"], "looks like a secret: api_key"),
        (["--url", "sftp://erp@/out/a.csv"], "may not use the connection erp"),
        (["--url", "https://ana:pw@shop.example/"], "looks like a secret: a login"),
    ],
)
def test_what_may_not_be_read_is_refused_before_anything_is_asked(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    (project / "specs/access.yaml").write_text("connections: {shop: [shop_db]}\n")
    assert main(["new", "shop/x", *words, "--root", str(project)]) == 1
    said = capsys.readouterr().err
    assert problem in said
    assert ":pw@" not in said
    assert not (project / "specs/shop").exists()
