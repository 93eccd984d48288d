"""datacontract-cli judges published tables by the contracts that are exported, as our gates do.

A suite of its own: `make suite-contracts` installs the tool beside the product's environment.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from tests.docs.pages import Project
from tests.steps.staged import query
from tests.workbench.contracts.shop import TABLES, write_shop

from medallion.cli.__main__ import main
from medallion.roots import PROJECT_ROOT
from medallion.workbench.contracts.document import file_name

PYTHON = Path(
    os.environ.get("MEDALLION_CONTRACTS_PYTHON")
    or PROJECT_ROOT / ".medallion/contracts/venv/bin/python"
)
JUDGE = """
import json, sys
from datacontract.data_contract import DataContract
for path in sys.argv[1:]:
    contract = DataContract(data_contract_file=path, server="warehouse")
    linted, run = contract.lint(), contract.test()
    print(json.dumps({
        "lint": linted.result.value,
        "result": run.result.value,
        "checks": [
            {"type": one.type, "field": one.field, "reason": one.reason,
             "result": one.result.value if one.result else None}
            for one in run.checks
        ],
    }))
"""
RULES = """\
        - row_count: {min_value: 3, on_failure: warn}
        - not_null: {column: note, on_failure: warn}
        - not_null: {column: note, mostly: 0.5, on_failure: warn}
        - unique: {column: number, on_failure: warn}
        - unique: {columns: [number, code], on_failure: warn}
        - accepted_values: {column: code, values: [A, B], on_failure: warn}
        - accepted_values: {column: number, values: [1, 2, 3], on_failure: warn}
        - matches: {column: code, regex: "[AB]", on_failure: warn}
        - matches: {column: note, regex: "^n", on_failure: warn}
"""
ROWS = {
    "good": "id,number,code,note\n1,1,A,n1\n2,2,B,n2\n3,3,A,n3\n",
    "bad": "id,number,code,note\n1,1,C,x\n2,1,C,\n3,9,A,\n4,9,B,\n",
    "short": "id,number,code,note\n1,1,,\n2,,A,n\n",
}
DATASET = """\
  {name}:
    source: {{type: file, path: include/data/lab/{name}.csv}}
    silver:
      primary_key: [id]
      columns:
        id: {{type: integer}}
        number: {{type: bigint, nullable: true}}
        code: {{type: text, nullable: true}}
        note: {{type: text, nullable: true}}
      checks:
"""


TYPES = {"nullValues": "null_values", "invalidValues": "invalid_values",
         "duplicateValues": "duplicate_values", "rowCount": "row_count"}  # fmt: skip
VERDICTS = {"passed": "passed", "warned": "warning"}
NOT_FOLLOWED = "field_relationships"
"""A column of another contract is not looked up: each table has a contract of its own."""


def judge(paths: list[Path], url: str) -> list[dict[str, Any]]:
    """What the tool says of each contract, on the published table."""
    login = conninfo_to_dict(url)
    environ = {
        **os.environ,
        "DATACONTRACT_POSTGRES_USERNAME": str(login["user"]),
        "DATACONTRACT_POSTGRES_PASSWORD": str(login["password"]),
    }
    environ.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(PYTHON), "-c", JUDGE, *map(str, paths)],
        capture_output=True, text=True, env=environ, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.fixture
def published(tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Tables whose rows pass and break each rule, and the shop."""
    project = write_shop(tmp_path, warehouse_db)
    spec = "description: Rules.\nschedule: '@daily'\nstart_date: 2026-01-01\ndatasets:\n"
    for name, rows in ROWS.items():
        project.write(f"include/data/lab/{name}.csv", rows)
        spec += DATASET.format(name=name) + RULES
    project.write("specs/lab/domain.yaml", "description: A laboratory.\n")
    project.write("specs/lab/rules.yaml", spec)
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    with psycopg.connect(warehouse_db, autocommit=True) as loader:
        for role in ("reader_shop", "bi_reader"):
            if not query(warehouse_db, f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
                loader.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    project.run("lab.rules")
    project.run("shop.sales")
    return project


def rules_of(contract: dict[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """The name of each rule with a metric, and the type and column by which the tool names it."""
    (table,) = contract["schema"]
    for rule in table.get("quality", ()):
        if "metric" in rule:
            kind = TYPES[rule["metric"]]
            yield rule["name"], kind if kind == "row_count" else f"model_{kind}", None
    for column in table["properties"]:
        for rule in column.get("quality", ()):
            if "metric" in rule:
                yield rule["name"], f"field_{TYPES[rule['metric']]}", column["name"]


def test_it_agrees_with_our_gates(published: Project) -> None:
    login = conninfo_to_dict(published.url)
    server = f"{login['host']}:{login['port']}/{login['dbname']}"
    assert main(["contract", "export", "--root", str(published.root), "--server", server]) == 0
    paths = sorted((published.root / "contracts").iterdir())
    assert [path.name for path in paths] == sorted(
        file_name(table) for table in (*TABLES, *(f"silver_lab.{name}" for name in ROWS))
    )
    ours = {
        (f"silver_{domain}.{table}", check): status
        for domain, table, check, status in query(
            published.url,
            "SELECT domain, table_name, check_id, status FROM medallion.gate_results"
            " WHERE layer = 'silver'",
        )
    }
    compared = set()
    for path, found in zip(paths, judge(paths, published.url), strict=True):
        contract = yaml.safe_load(path.read_text(encoding="utf-8"))
        theirs = {(one["type"], one["field"]): one["result"] for one in found["checks"]}
        assert found["lint"] == "passed"
        others = dict(theirs)
        for name, kind, column in rules_of(contract):
            others.pop((kind, column))
            if contract["id"].startswith("silver_lab."):
                status = ours[contract["id"], name]
                assert theirs[kind, column] == VERDICTS[status], (path.name, name)
                compared.add((kind, status))
        # Types, keys and required values: what the table is, whatever its checks say.
        assert {kind for (kind, _), verdict in others.items() if verdict != "passed"} <= {
            NOT_FOLLOWED
        }, (path.name, others)
    kinds = {kind for kind, _ in compared}
    assert compared == {(kind, status) for kind in kinds for status in VERDICTS}
    assert len(kinds) == len(TYPES) + 1
