#!/usr/bin/env bash
# datacontract-cli 1.2.8, one contract (ODCS v3.1.0) exported as an Avro schema, as a JSON schema and
# as Spark's types; fastavro 1.13.1 writes a record by the first.
#
# One would guess: the three say the same of a column in their own words: what may be missing, and how
# large and how exact a number is. A column that does not say `required` may be missing, as the
# standard has it.
# True: in Avro such a column must not be missing, in the other two it may. An integer has 32 bits in
# Avro and 64 in Spark. decimal(12,2) is DecimalType(12, 2) in Spark, and in Avro plain bytes, without
# the logical type that says a number is in them; only where it is written as "decimal", with precision
# and scale as custom properties, is it a decimal. So a record that keeps the contract cannot be
# written by its schema, and nothing says so when it is exported. `required: false` helps for the first.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  datacontract-cli==1.2.8 open-data-contract-standard==3.2.0 fastavro==1.13.1
cd "$work"
cat >contract.yaml <<'YAML'
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
    logicalType: object
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: note, logicalType: string}
      - {name: reason, logicalType: string, required: false}
      - {name: amount, logicalType: number, physicalType: "decimal(12,2)", required: true}
YAML
"$work/venv/bin/python" -W ignore - 2>"$work/log" <<'PY' || { tail -n 5 "$work/log"; exit 1; }
import json
from decimal import Decimal
from importlib.metadata import version
from io import BytesIO

import fastavro
from datacontract.data_contract import DataContract

print("datacontract-cli", version("datacontract-cli"), "fastavro", version("fastavro"))
contract = DataContract(data_contract_file="contract.yaml")
assert contract.lint().result.value == "passed"
avro = json.loads(contract.export("avro"))
types = {field["name"]: field["type"] for field in avro["fields"]}
of_json = json.loads(contract.export("jsonschema"))
spark = contract.export("spark")
for name, kind in types.items():
    (line,) = [part for part in spark.split("StructField(") if f'"{name}",' in part]
    line = " ".join(line.split()).rstrip(" ),]")
    print(f"{name}: avro {kind}, json {of_json['properties'][name]['type']}, spark {line}")
assert types == {
    "id": "int", "note": "string", "reason": ["null", "string"], "amount": "bytes"
}, "this has changed"
assert of_json["properties"]["note"]["type"] == ["string", "null"], "this has changed"
assert of_json["required"] == ["id", "amount"], "this has changed"
assert "LongType()" in spark and "DecimalType(12, 2)" in spark, "this has changed"

GOOD = {"id": 1, "note": "n", "reason": None, "amount": b""}
seen = {}
for name, value in (("id", 3_000_000_000), ("note", None), ("amount", Decimal("1.50"))):
    try:
        fastavro.writer(BytesIO(), fastavro.parse_schema(avro), [GOOD | {name: value}], validator=True)
        seen[name] = "written"
    except Exception as error:
        seen[name] = type(error).__name__
    print(f"{name} = {value}: {seen[name]}")
assert set(seen.values()) == {"ValidationError"}, "this has changed"
fastavro.writer(BytesIO(), fastavro.parse_schema(avro), [GOOD], validator=True)
PY
