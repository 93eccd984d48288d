#!/usr/bin/env bash
# The Open Data Contract Standard 3.2.0 by its own JSON schema, by its own models, and by
# datacontract-cli 1.2.8, which has a copy of the schema: a column that says its name and no type.
#
# One would guess: `logicalType` is optional, as the standard's text and its models have it, so a
# contract that does not know a type leaves it out.
# True: the schema that open-data-contract-standard 3.2.0 ships refuses each such property with
# "'map' is a required property", even where it has a physicalType and the contract says v3.0.2. Its
# condition for maps (`if: logicalType is map`) holds too where there is no logicalType at all. The
# models of the same package take the property, and so does datacontract-cli's lint, whose copy of
# the schema differs there. So a document can be right by the standard's models and wrong by its
# schema; a tool that validates with the schema needs a logicalType everywhere.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  open-data-contract-standard==3.2.0 jsonschema==4.26.0 datacontract-cli==1.2.8
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import json
from importlib.metadata import version

import yaml
from datacontract.data_contract import DataContract
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

print("open-data-contract-standard", version("open-data-contract-standard"),
      "datacontract-cli", version("datacontract-cli"))
judge = Draft201909Validator(json.loads(OpenDataContractStandard.json_schema()))
untyped = [{"name": "day"}, {"name": "day", "physicalType": "date"}]
typed = [{"name": "day", "logicalType": "date"}]
seen = {}
for api in ("v3.0.2", "v3.1.0", "v3.2.0"):
    for column in (*untyped, *typed):
        contract = {"apiVersion": api, "kind": "DataContract", "id": "t", "version": "1.0.0",
                    "status": "active", "schema": [{"name": "t", "properties": [column]}]}
        OpenDataContractStandard(**contract)
        errors = [error.message for error in judge.iter_errors(contract)]
        lint = DataContract(data_contract_str=yaml.safe_dump(contract)).lint().result.value
        print(f"  {api} {column}: models: taken; schema: {errors or 'taken'}; lint: {lint}")
        seen[api, json.dumps(column)] = (bool(errors), lint)
for (api, column), found in seen.items():
    assert found == ("logicalType" not in column, "passed"), (api, column, found)
print("as described: a property without logicalType needs `map` by the schema alone")
PY
