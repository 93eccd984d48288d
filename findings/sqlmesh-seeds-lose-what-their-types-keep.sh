#!/usr/bin/env bash
# SQLMesh 0.236.4, a seed (a CSV file as a model) on DuckDB, its columns' types declared.
#
# One would guess: a column that is declared TEXT has the file's text, and DECIMAL(20, 2) the file's
# digits: that is what one declares them for.
# True: pandas reads the file first and guesses the types, and what it has made of a value is then
# cast to the declared one. A postcode 01234 in a column of TEXT is '1234', and a column in which one
# code is missing has '75001.0'. NA (Namibia's code), None and null are NULL in a column of TEXT.
# 12345678901234567.12 in DECIMAL(20, 2) ends in .68, having been a double. Nothing says so, and
# audits of the seed see what is there now. One row with a letter in the column, and the same postcodes
# keep their zeros.
# csv_settings of the model has no setting of the types; na_values and keep_default_na are there.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sqlmesh==0.236.4 duckdb==1.5.6
mkdir -p "$work/project/models" "$work/project/seeds"
cd "$work/project"
cat >config.yaml <<'YAML'
gateways: {local: {connection: {type: duckdb, database: warehouse.db}}}
default_gateway: local
disable_anonymized_analytics: true
model_defaults: {dialect: duckdb, start: '2026-01-01'}
YAML
cat >seeds/places.csv <<'CSV'
id,postcode,with_gap,with_letter,country,amount
1,01234,75001,01234,NA,12345678901234567.12
2,75001,,75001,FR,0.10
3,20000,20000,2A004,None,0.20
CSV
cat >models/places.sql <<'SQL'
MODEL (
  name shop.places,
  kind SEED (path '../seeds/places.csv'),
  columns (
    id INT, postcode TEXT, with_gap TEXT, with_letter TEXT, country TEXT, amount DECIMAL(20, 2)
  )
);
SQL
export SQLMESH__DISABLE_ANONYMIZED_ANALYTICS=true
"$work/venv/bin/python" -W ignore - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
from importlib.metadata import version

import duckdb
from sqlmesh import Context

print("sqlmesh", version("sqlmesh"), "duckdb", version("duckdb"), "pandas", version("pandas"))
context = Context(paths=".")
context.plan(auto_apply=True, no_prompts=True)
context.close()
with duckdb.connect("warehouse.db", read_only=True) as connection:
    found = connection.execute(
        "SELECT postcode, with_gap, with_letter, country, amount::text FROM shop.places ORDER BY id"
    ).fetchall()
for row in found:
    print(row)
assert found == [
    ("1234", "75001.0", "01234", None, "12345678901234567.68"),
    ("75001", None, "75001", "FR", "0.10"),
    ("20000", "20000.0", "2A004", None, "0.20"),
], "this has changed"
PY
