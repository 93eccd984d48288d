"""What is protected is in clear nowhere but in the landing."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.steps import landed
from tests.steps.staged import query

from medallion.checks.declaration import CheckSpec
from medallion.checks.resolve import resolve
from medallion.cleaning.declared.classification import clear_fields
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.errors import CheckCrashed, DataRejected, SetupError
from medallion.names import Layer
from medallion.plan.model import GateStep
from medallion.records import RecordLayout
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.clean import step as clean
from medallion.steps.context import StepContext, StepResult
from medallion.steps.gate import step as gate

SECRET = "0123456789abcdef0123456789abcdef"
CSV = RecordLayout(format="csv", columns=("id", "mail", "phone", "note", "born", "other"))
COLUMNS: dict[str, dict[str, Any]] = {
    "customer_id": {"from": "id", "type": "bigint"},
    "email": {
        "from": "mail",
        "type": "text",
        "clean": ["trim", "lower"],
        "classification": {"pii": "email", "protect": "hash"},
    },
    "phone": {
        "type": "text",
        "nullable": True,
        "clean": [{"extract": {"pattern": "^[0-9 ]+$"}}],
        "classification": {"pii": "phone", "protect": "mask"},
    },
    "note": {
        "type": "text",
        "nullable": True,
        "classification": {"pii": "free_text", "protect": "redact"},
    },
    "born": {"type": "date", "classification": {"pii": "birth_date", "protect": "drop"}},
    "birth_year": {
        "type": "bigint",
        "expression": "year(born)",
        "classification": {"pii": "birth_date", "protect": "none"},
    },
}
PERSONAL = [
    *("amelie.poulain", "06 12 34 56 78", "06x12", "nino@", "1974-13-01", "1980-02-29"),
    "hidden.person",
]
ROWS = (
    "id,mail,phone,note,born,other\n"
    "1, Amelie.Poulain@Example.org ,06 12 34 56 78,ask nino@example.org,1980-02-29,hidden.person\n"
    "x,amelie.poulain@example.org,06x12,nino@example.org,1974-13-01,hidden.person\n"
    "3,amelie.poulain@example.org,06 12 34 56 78\n"
)


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    made: StepContext = landed.context(warehouse_db, tmp_path)
    return with_key(made)


def with_key(context: StepContext, secret: str = SECRET) -> StepContext:
    details = ConnectionDetails(conn_id="pii_default", password=secret)
    return replace(context, connection={"pii_default": details}.__getitem__)


def cleaned(
    context: StepContext,
    text: str,
    records: int,
    columns: dict[str, dict[str, Any]] = COLUMNS,
    layout: RecordLayout = CSV,
    **step: Any,
) -> StepResult:
    landed.land(context, layout, [(text.encode(), records)])
    return clean.run(landed.clean_step(columns, **step), context)


def hashed(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def everything(url: str) -> str:
    """Every row of every table of the warehouse, as one text."""
    tables = query(
        url,
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    found = []
    with psycopg.connect(url) as connection:
        for schema, table in tables:
            rows = connection.execute(
                sql.SQL("SELECT t::text FROM {} AS t").format(
                    sql.Identifier(str(schema), str(table))
                )
            )
            found += [f"{schema}.{table} {row[0]}" for row in rows]
    return "\n".join(found)


def test_nothing_is_in_clear_in_silver_quarantine_registry_or_log(
    context: StepContext, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = cleaned(context, ROWS, 3)
    assert (result.rows_out, result.rows_quarantined) == (1, 2)
    staging = landed.FILMS.staging(context.run_key)
    columns = "customer_id, email, phone, note, birth_year"
    assert query(context.warehouse_url, f"SELECT {columns} FROM {staging}") == [
        (1, hashed("amelie.poulain@example.org"), "****6 78", "ask [email]", 1980)
    ]
    shown = everything(context.warehouse_url) + caplog.text + json.dumps(result.to_xcom())
    assert [clear for clear in (*PERSONAL, SECRET) if clear in shown.lower()] == []
    rejects = landed.FILMS.rejects(context.run_key)
    bad, broken = query(
        context.warehouse_url,
        f"SELECT reasons, record FROM {rejects} ORDER BY _bronze_record NULLS LAST",
    )
    assert bad[0] == [
        'customer_id: "x" is not a whole number of 64 bits',
        'phone: "[protected]" does not match ^[0-9 ]+$',
        'born: "[protected]" is not a date like 2026-01-31',
    ]
    assert bad[1] == {
        "id": "x",
        **dict.fromkeys(("mail", "phone", "note", "born"), "[protected]"),
    }
    assert broken[1] == {"_line": 4, "_text": "[protected]"}


def test_json_records_are_kept_without_what_is_protected_in_them(context: StepContext) -> None:
    columns = {
        "customer_id": {"from": "id", "type": "bigint"},
        "emails": {
            "from": "people[*].mail",
            "type": "text[]",
            "classification": {"pii": "email", "protect": "hash"},
        },
        "city": {"from": "address.city", "type": "text", "nullable": True},
    }
    records = [
        {"id": 1, "people": [{"mail": "a@x.org"}, {"mail": "b@x.org"}], "secret": "hidden"},
        {"id": "x", "people": [{"mail": "a@x.org"}], "address": {"city": "Paris"}, "tel": "hidden"},
        {"id": 3, "people": "a@x.org"},
    ]
    layout = RecordLayout(format="jsonl")
    cleaned(context, "\n".join(map(json.dumps, records)), 3, columns, layout)
    staging = landed.FILMS.staging(context.run_key)
    assert query(context.warehouse_url, f"SELECT emails FROM {staging}") == [
        ([hashed("a@x.org"), hashed("b@x.org")],)
    ]
    rejects = landed.FILMS.rejects(context.run_key)
    first, second = query(
        context.warehouse_url, f"SELECT reasons, record FROM {rejects} ORDER BY _bronze_record"
    )
    assert first[1] == {"id": "x", "people[*].mail": "[protected]", "address.city": "Paris"}
    assert second[0] == ["emails: is not a JSON array"]
    shown = everything(context.warehouse_url)
    assert "x.org" not in shown
    assert "hidden" not in shown


def test_equal_values_are_equal_hashes_and_a_key_can_be_the_primary_one(
    context: StepContext,
) -> None:
    columns = {name: COLUMNS[name] for name in ("email",)}
    layout = RecordLayout(format="csv", columns=("mail",))
    result = cleaned(
        context, "mail\na@x.org\nA@X.org\nb@x.org\n", 3, columns, layout, primary_key=("email",)
    )
    assert result.rows_deduplicated == 1
    staging = landed.FILMS.staging(context.run_key)
    assert query(context.warehouse_url, f"SELECT email FROM {staging} ORDER BY 1") == sorted(
        [(hashed("a@x.org"),), (hashed("b@x.org"),)]
    )
    other = with_key(
        landed.context(context.warehouse_url, context.project_root, run_id="b"), "z" * 40
    )
    with pytest.raises(SetupError, match="would join with none of the old ones") as raised:
        cleaned(other, "mail\na@x.org\n", 1, columns, layout)
    assert "z" * 40 not in str(raised.value) and SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        ({}, "there is no connection pii_default"),
        ({"pii_default": ConnectionDetails(conn_id="x", password="short")}, "has 5 characters"),
    ],
)
def test_without_a_key_nothing_is_read(
    context: StepContext, connection: dict[str, ConnectionDetails], said: str
) -> None:
    without = replace(context, connection=connection.__getitem__)
    with pytest.raises(SetupError, match=said) as caught:
        clean.run(landed.clean_step(COLUMNS), without)  # there is no landing: it is not looked for
    assert "openssl rand" in caught.value.remedy
    assert "'short'" not in str(caught.value)


def bronze_gate(checks: list[dict[str, Any]]) -> GateStep:
    planned = [resolve(CheckSpec.model_validate(check), Layer.BRONZE, None) for check in checks]
    columns = {name: ColumnSpec.model_validate(spec) for name, spec in COLUMNS.items()}
    return GateStep(
        layer=Layer.BRONZE,
        table=landed.FILMS,
        checks=tuple(planned),
        clear_fields=clear_fields(columns),
    )


def test_the_gate_of_a_landing_shows_no_example_of_what_is_protected(
    context: StepContext, caplog: pytest.LogCaptureFixture
) -> None:
    good = "\n".join(ROWS.splitlines()[:3]) + "\n"
    landed.land(context, CSV, [(good.encode(), 2)])
    step = bronze_gate(
        [
            {"matches": {"column": "mail", "regex": "^$", "on_failure": "warn"}},
            {"accepted_values": {"column": "other", "values": ["x"], "on_failure": "warn"}},
            {"accepted_values": {"column": "id", "values": ["1"]}},
        ]
    )
    with pytest.raises(DataRejected, match="accepted_values") as caught:
        gate.run(step, context)
    shown = everything(context.warehouse_url) + caplog.text + str(caught.value)
    assert [clear for clear in PERSONAL if clear in shown.lower()] == []


def test_a_check_that_crashes_tells_no_value(context: StepContext) -> None:
    good = "\n".join(ROWS.splitlines()[:3]) + "\n"
    landed.land(context, CSV, [(good.encode(), 2)])
    step = bronze_gate([{"between": {"column": "mail", "min_value": 1}}])
    with pytest.raises(CheckCrashed) as caught:
        gate.run(step, context)
    assert "poulain" not in str(caught.value)
