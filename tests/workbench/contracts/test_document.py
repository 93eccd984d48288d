"""A table's contract is what its spec says, in the words of the standard.

Run with MEDALLION_WRITE_GOLDEN=1 to write the documents of golden/, and read them.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard
from tests.workbench.contracts.shop import TABLES, facts_of

from medallion.errors import SetupError
from medallion.roots import PROJECT_ROOT
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.contracts.document import file_name, render_contract, write_contract
from medallion.workbench.contracts.server import parse_address
from medallion.workbench.imports.base.document import read_document
from medallion.workbench.imports.base.outcome import Target
from medallion.workbench.imports.odcs.importer import read
from medallion.workbench.imports.spec_yaml import draft_text

GOLDEN = Path(__file__).parent / "golden"
TYPES = {
    "gold_shop.days": {
        "day": "date", "currency": "text", "takings": "numeric", "buyers": "bigint",
    }
}  # fmt: skip
SERVER = parse_address("db.example.org:5432/warehouse", "prod")


@pytest.mark.parametrize("table", TABLES)
def test_the_contract_of_a_table(side: Side, table: str) -> None:
    made = render_contract(write_contract(facts_of(side, TYPES)[table], server=SERVER))
    path = GOLDEN / file_name(table)
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("schedule", "is_cron"),
    [
        ("@daily", True),
        ("0 8,17 * * 1-5", True),
        ("@continuous", False),
        ("0 8 * * * Europe/Paris", False),
        ("0 8 * * *, 0 17 * * 1-5", False),
    ],
)
def test_only_what_cron_reads_has_cron_as_its_scheduler(
    side: Side, schedule: str, is_cron: bool
) -> None:
    facts = facts_of(side, TYPES)["gold_shop.days"]
    made = write_contract(replace(facts, declared=replace(facts.declared, schedule=schedule)))
    (level,) = [one for one in made["slaProperties"] if one["property"] == "frequency"]
    assert level["value"] == schedule
    assert level.get("schedule") == (schedule if is_cron else None)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.name)
def test_the_standard_s_own_models_and_schema_take_it(path: Path) -> None:
    from jsonschema import Draft201909Validator

    text = path.read_text(encoding="utf-8")
    schema: dict[str, Any] = yaml.safe_load(OpenDataContractStandard.json_schema())
    errors = list(Draft201909Validator(schema).iter_errors(yaml.safe_load(text)))
    assert not [f"{list(one.path)}: {one.message}" for one in errors]
    read = OpenDataContractStandard.from_string(text)
    assert read.schema_ is not None
    assert f"{read.id}.odcs.yaml" == path.name


def test_each_shipped_table_has_a_contract_that_the_standard_takes() -> None:
    from jsonschema import Draft201909Validator

    shipped = read_side(PROJECT_ROOT)
    judge = Draft201909Validator(yaml.safe_load(OpenDataContractStandard.json_schema()))
    facts = facts_of(shipped)
    assert set(facts) == set(shipped.tables)
    for table, one in facts.items():
        said = yaml.safe_load(render_contract(write_contract(one)))
        errors = [f"{list(e.path)}: {e.message}" for e in judge.iter_errors(said)]
        # The schema of 3.2.0 takes a property without a logical type for a map; that of 3.1 does
        # not. Only a published table knows all types of gold.
        assert not [one for one in errors if "'map' is a required" not in one], f"{table}: {errors}"
    keys = {table: one.key for table, one in facts.items() if table.startswith("silver_finance.")}
    assert keys == {
        "silver_finance.customers": ("customer_id", "_valid_from"),
        "silver_finance.transactions": (),  # two days' files may have one operation
        "silver_finance.exchange_rates": ("currency", "rate_date"),
        "silver_finance.card_payments": (),
    }


def test_what_is_exported_and_imported_has_the_same_columns_and_checks(
    side: Side, tmp_path: Path
) -> None:
    path = tmp_path / "orders.odcs.yaml"
    facts = facts_of(side)["silver_shop.orders"]
    path.write_text(render_contract(write_contract(facts, server=SERVER)), encoding="utf-8")
    imported = read(read_document(path), Target(domain="shop"))
    (draft,) = imported.drafts
    silver = yaml.safe_load(draft_text(draft, "a test"))["datasets"]["orders"]["silver"]
    assert silver["primary_key"] == ["order_id"]
    assert {name: one["type"] for name, one in silver["columns"].items()} == {
        "order_id": "bigint", "customer_id": "integer", "amount": "decimal(10,2)",
        "currency": "text", "ordered_at": "timestamptz", "tags": "text[]", "note": "json",
    }  # fmt: skip
    checks = {name: said for check in silver["checks"] for name, said in check.items()}
    assert checks["accepted_values"]["values"] == ["EUR", "USD"]
    assert checks["not_null"]["mostly"] == 0.25
    assert checks["not_null"]["on_failure"] == "warn"
    assert set(checks) == {
        "row_count", "accepted_values", "not_null", "unique", "foreign_key",
        "expect_column_values_to_be_between", "expect_column_values_to_match_regex",
    }  # fmt: skip


def test_personal_data_are_named_wherever_they_end_up(side: Side) -> None:
    facts = facts_of(side, TYPES)
    email = next(c for c in facts["silver_shop.customers"].columns if c.name == "email")
    assert email.personal == "Personal data (email): masked."
    days = {column.name: column for column in facts["gold_shop.days"].columns}
    assert days["buyers"].personal
    assert not days["takings"].personal


@pytest.mark.parametrize(
    "text", ["", "db", "db:5432", "user:secret@db:5432/x", "db:0/x", "db:70000/x", "db:5432/x y"]
)
def test_an_address_that_is_none_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(SetupError) as error:
        parse_address(text)
    assert "host:port/database" in str(error.value)
    assert "secret" not in str(error.value)
