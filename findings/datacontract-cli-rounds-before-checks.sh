#!/usr/bin/env bash
# datacontract-cli 1.2.8 testing one contract (ODCS v3.0.2) on the same two rows in three places: a
# Parquet file, a CSV file and a table of DuckDB 1.5.
#
# One would guess: the contract says what must hold, so the same rows get the same verdict.
# True: rows of files are first inserted into a table of the contract's types, and DuckDB rounds on
# the way. Quantities 0.6 and 10.4 are within 1 and 10 in both files, and out of it in the table. Two
# times of one day are duplicates of a unique date in both files, and not in the table. So files
# pass values that are out of bounds, and fail for values that they do not hold. For Parquet each
# column has the warning that types are not checked, not that the values are other ones; CSV has no
# word. And in the table the column of doubles passes as logicalType integer.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  "datacontract-cli[duckdb]==1.2.8" open-data-contract-standard==3.2.0 duckdb==1.5.6
cd "$work"
cat >contract.yaml <<'YAML'
apiVersion: v3.0.2
kind: DataContract
id: orders
version: 1.0.0
status: active
servers:
  - {server: parquet, type: local, path: ./orders.parquet, format: parquet}
  - {server: csv, type: local, path: ./orders.csv, format: csv}
  - {server: table, type: duckdb, database: ./orders.db}
schema:
  - name: orders
    logicalType: object
    properties:
      - {name: quantity, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 10}}
      - {name: day, logicalType: date, unique: true}
YAML
"$work/venv/bin/python" - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
from importlib.metadata import version

import duckdb
from datacontract.data_contract import DataContract

print("datacontract-cli", version("datacontract-cli"), "duckdb", duckdb.__version__)
with duckdb.connect("orders.db") as connection:
    connection.execute(
        """CREATE TABLE orders AS SELECT * FROM (VALUES
        (0.6::double, timestamp '2026-01-01 08:00:00'),
        (10.4::double, timestamp '2026-01-01 09:00:00')) t(quantity, day)"""
    )
    connection.execute("COPY orders TO 'orders.parquet'")
    connection.execute("COPY orders TO 'orders.csv'")

linted = DataContract(data_contract_file="contract.yaml").lint()
print("lint:", linted.result.value)
seen = {}
for server in ("parquet", "csv", "table"):
    run = DataContract(data_contract_file="contract.yaml", server=server).test()
    results = {(check.field, check.type): check.result.value for check in run.checks}
    for (field, kind), result in results.items():
        print(f"  {server}: {field} {kind}: {result}")
    seen[server] = {" ".join(key) for key, result in results.items() if result == "failed"}
    if server == "table":
        assert results["quantity", "field_type"] == "passed", "this has changed"
rounded = {"day field_unique"}
exact = {"quantity field_minimum", "quantity field_maximum", "day field_type"}
assert seen == {"parquet": rounded, "csv": rounded, "table": exact}, f"this has changed: {seen}"
assert linted.result.value == "passed"
PY
