#!/usr/bin/env bash
# datacontract-cli 1.2.8 testing a table of DuckDB 1.5 against a contract (ODCS v3.1.0) whose column
# has two rules of one metric: one of `invalidValues` with the accepted values, one with a pattern.
#
# One would guess: `quality` is a list, so each rule gets a verdict of its own; the standard gives
# them names for that.
# True: both rules get one internal name, made of the table, the column and the metric. Every check
# that is part of the same query then fails with "Duplicate column name", the row count and the
# required columns among them, whose rows are right; of the second rule the result stays empty. The
# contract is valid by lint and by the standard's schema. With one of the two rules all checks pass.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  "datacontract-cli[duckdb]==1.2.8" open-data-contract-standard==3.2.0 duckdb==1.5.6
cd "$work"
"$work/venv/bin/python" -W ignore - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
from importlib.metadata import version

import duckdb
import yaml
from datacontract.data_contract import DataContract

print("datacontract-cli", version("datacontract-cli"), "duckdb", duckdb.__version__)
with duckdb.connect("orders.db") as connection:
    connection.execute("CREATE TABLE orders AS SELECT 1 AS id, 'EUR' AS currency")
values = {"name": "known", "metric": "invalidValues", "mustBe": 0,
          "arguments": {"validValues": ["EUR", "USD"]}}
pattern = {"name": "three letters", "metric": "invalidValues", "mustBe": 0,
           "arguments": {"pattern": "^[A-Z]{3}$"}}
seen = {}
for rules in ([values], [pattern], [values, pattern]):
    contract = {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": "orders", "version": "1.0.0",
        "status": "active",
        "servers": [{"server": "table", "type": "duckdb", "database": "./orders.db"}],
        "schema": [{
            "name": "orders", "logicalType": "object",
            "quality": [{"metric": "rowCount", "mustBe": 1}],
            "properties": [
                {"name": "id", "logicalType": "integer", "required": True},
                {"name": "currency", "logicalType": "string", "quality": rules},
            ],
        }],
    }
    with open("contract.yaml", "w") as file:
        yaml.safe_dump(contract, file)
    lint = DataContract(data_contract_file="contract.yaml").lint().result.value
    run = DataContract(data_contract_file="contract.yaml", server="table").test()
    names = " and ".join(rule["name"] for rule in rules)
    print(f"  {names}: lint {lint}, test {run.result.value}")
    results = {}
    for check in run.checks:
        results[check.field, check.type] = check.result.value if check.result else None
        if check.reason:
            print(f"    {check.field} {check.type}: {check.reason}")
    seen[names] = (lint, run.result.value, results[None, "row_count"],
                   results["id", "field_required"])
assert seen["known"] == seen["three letters"] == ("passed", "passed", "passed", "passed"), seen
assert seen["known and three letters"] == ("passed", "failed", "failed", "failed"), seen
print("as described: a second rule of one metric on a column fails the rules beside it")
PY
