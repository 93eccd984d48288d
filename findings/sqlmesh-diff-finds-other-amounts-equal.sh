#!/usr/bin/env bash
# SQLMesh 0.236.4, table_diff of two tables of DuckDB 1.5.6, their columns DECIMAL.
#
# One would guess: `decimals` says how exactly floating-point columns are compared, as its help has
# it, and exact numbers are compared exactly; and each row of both tables is counted somewhere.
# True: exact numbers go through a double, too, and are cut to three decimals by default. Rates of
# 1.0001 and 1.0004 in DECIMAL(10, 4) are a full match, 100 %; with decimals=4 they differ. Amounts
# of 12345678901234567.12 and .99 are a full match whatever `decimals` says: the double of both is
# the same. Rows whose key is NULL are in neither count, and in no sample: two tables that differ in
# such rows alone are equal.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sqlmesh==0.236.4 duckdb==1.5.6
mkdir "$work/project"
cd "$work/project"
cat >config.yaml <<'YAML'
gateways: {local: {connection: {type: duckdb, database: warehouse.db}}}
default_gateway: local
disable_anonymized_analytics: true
model_defaults: {dialect: duckdb, start: '2026-01-01'}
YAML
export SQLMESH__DISABLE_ANONYMIZED_ANALYTICS=true
"$work/venv/bin/python" -W ignore - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
import logging
from importlib.metadata import version

import duckdb
from sqlmesh import Context

print("sqlmesh", version("sqlmesh"), "duckdb", version("duckdb"))
TABLES = {
    "before": "(1, 1.0001, 12345678901234567.12), (2, 2, 2), (NULL, 3, 3)",
    "after": "(1, 1.0004, 12345678901234567.99), (2, 2, 2), (NULL, 4, 4), (NULL, 5, 5)",
}
with duckdb.connect("warehouse.db") as connection:
    connection.execute("CREATE SCHEMA shop")
    for name, rows in TABLES.items():
        columns = "id INT, rate DECIMAL(10, 4), amount DECIMAL(20, 2)"
        connection.execute(f"CREATE TABLE shop.{name} ({columns})")
        connection.execute(f"INSERT INTO shop.{name} VALUES {rows}")
context = Context(paths=".")
logging.disable()


def compare(**options):
    diff = context.table_diff("shop.before", "shop.after", on=["id"], show=False, **options)
    found = (diff[0] if isinstance(diff, list) else diff).row_diff()
    counts = {name: int(found.stats[name]) for name in ("s_count", "t_count", "full_match_count")}
    equal = {name: float(found.column_stats.loc[name, "pct_match"]) for name in ("rate", "amount")}
    print(options or "as it is", counts, "percent equal:", equal)
    return list(counts.values()), equal


usual, exact = compare(), compare(decimals=4)
context.close()
assert usual == ([2, 2, 2], {"rate": 100.0, "amount": 100.0}), "this has changed"
assert exact == ([2, 2, 1], {"rate": 50.0, "amount": 100.0}), "this has changed"
PY
