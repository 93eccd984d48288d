"""Numbers times what their unit means, exactly."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.cleaning.cleaned import cleaned

from medallion.cleaning.duckdb.naming import RAW, REASONS
from medallion.records import RecordLayout

MAP = {"MIL": 1000, "UNIT": 1, "DOZEN": 12, "PPM": 0.000001, "BIL": 1_000_000_000}
SCALE = {"from": "Unit", "map": MAP}


def column(of_type: str, **said: object) -> dict[str, object]:
    return {"type": of_type, "scale": SCALE, "nullable": True, **said}


def rows(path: Path, of_type: str, *texts: tuple[str, str], **said: object) -> list[Any]:
    lines = "".join(f"{amount};{unit}\n" for amount, unit in texts)
    path.write_text(f"amount;Unit\n{lines}")
    layout = RecordLayout(format="csv", delimiter=";", columns=("amount", "Unit"))
    found = cleaned(path, layout, {"amount": column(of_type, **said)})
    return [row["amount"] if "amount" in row else row[REASONS] for row in found]


def test_products_are_exact_or_in_quarantine(tmp_path: Path) -> None:
    part = tmp_path / "part"
    assert rows(
        part,
        "decimal(18,2)",
        ("0.1", "DOZEN"), ("1.00001", "MIL"), ("-2.5", "MIL"), ("123456789012.34", "UNIT"),
        ("", "MIL"), ("", "?"), ("1000000", "PPM"), ("0.000000012", "BIL"),
    ) == [
        Decimal("1.20"), Decimal("1000.01"), Decimal("-2500.00"), Decimal("123456789012.34"),
        None, None, Decimal("1.00"), Decimal("12.00"),
    ]  # fmt: skip
    phrase = "is not a number with at most 16 digits before and 2 after the point, after scaling"
    assert rows(
        part, "decimal(18,2)", ("1.005", "UNIT"), ("99999999", "BIL"), ("x", "MIL"), ("1", "PPM"),
        ("1", "mil"), ("1", ""),
    ) == [
        [f'amount: "1.005" {phrase}'], [f'amount: "99999999" {phrase}'], [f'amount: "x" {phrase}'],
        [f'amount: "1" {phrase}'],
        ['amount: its unit, Unit "mil", is not among MIL, UNIT, DOZEN, PPM, BIL'],
        ['amount: its unit, Unit "", is not among MIL, UNIT, DOZEN, PPM, BIL'],
    ]  # fmt: skip
    assert rows(part, "bigint", ("1.5", "MIL"), ("9000000000", "BIL")) == [
        1500, 9_000_000_000_000_000_000,
    ]  # fmt: skip
    (short, long) = rows(part, "bigint", ("1.5", "UNIT"), ("9999999999", "BIL"))
    assert [short[0][:13], long[0][:9]] == ['amount: "1.5"', 'amount: "']
    assert rows(part, "double", ("1.5", "MIL"), ("1e3", "DOZEN")) == [1500.0, 12000.0]
    money = rows(part, "decimal(18,2)", ("€ 1,5", " MIL "), clean=["money"])
    assert money == [Decimal("1500.00")]


def test_units_of_documents_and_of_typed_values(tmp_path: Path) -> None:
    part = tmp_path / "part"
    documents = [{"a": 1.25, "of": {"unit": "MIL"}}, {"a": 1e2, "of": {"unit": "UNIT"}}, {"a": 1}]
    part.write_text("".join(json.dumps(one) + "\n" for one in documents))
    said = {"type": "bigint", "scale": {"from": "of.unit", "map": MAP}}
    found = cleaned(part, RecordLayout(format="jsonl"), {"a": said})
    assert found[:2] == [{"a": 1250}, {"a": 100}]
    assert json.loads(found[2][RAW]) == {"a": 1}
    table = pa.table({"a": pa.array([1.5, 2.5]), "Unit": ["MIL", "DOZEN"]})
    pq.write_table(table, part)
    layout = RecordLayout(format="parquet", columns=("a", "Unit"), types=("DOUBLE", "VARCHAR"))
    found = cleaned(part, layout, {"a": {"type": "decimal(9,1)", "scale": SCALE}})
    assert found == [{"a": Decimal("1500.0")}, {"a": Decimal("30.0")}]


def test_a_protected_number_or_unit_is_not_quoted(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_text("amount;Unit\n1;secret\n")
    layout = RecordLayout(format="csv", delimiter=";", columns=("amount", "Unit"))
    unit = {"from": "Unit", "type": "text", "classification": {"pii": "other", "protect": "redact"}}
    (row,) = cleaned(part, layout, {"amount": column("bigint"), "unit": unit})
    assert "secret" not in str(row)
