"""Numbers keep every digit from a JSON record to the value, the text, the jsonb and quarantine."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from tests.cleaning.cleaned import cleaned

from medallion.cleaning.declared.number_codes import CODES, START
from medallion.cleaning.duckdb.json_numbers import keep_digits, restore_number
from medallion.cleaning.duckdb.naming import REASONS
from medallion.records import RecordLayout

DUCK = duckdb.connect()
COLUMNS = {
    "number": {"from": "v", "type": "decimal(38,18)", "nullable": True},
    "words": {"from": "v", "type": "text", "nullable": True},
    "tree": {"from": "o", "type": "json", "nullable": True},
    "listed": {"from": "l", "type": "text[]"},
    "each": {"from": "e[*].x", "type": "text[]", "nullable": True},
}


def evaluated(tree: exp.Expr, text: str) -> str:
    """The value of an expression over the text `t`."""
    row = exp.select(exp.alias_(exp.cast(exp.Placeholder(), "text"), "t")).subquery("s")
    found = DUCK.execute(exp.select(tree).from_(row).sql(dialect="duckdb"), [text]).fetchone()
    assert found is not None
    return str(found[0])


def of(tmp_path: Path, *records: str, **columns: Any) -> list[dict[str, Any]]:
    part = tmp_path / "part.jsonl"
    part.write_text("\n".join(records) + "\n", encoding="utf-8")
    return cleaned(part, RecordLayout(format="jsonl"), columns or COLUMNS)


@pytest.mark.parametrize(
    "written",
    [
        *("1234567890.12345678", "12345678901234567890.123456789012345678", "0.00000001"),
        *("-0.50", "1.10", "90071992547409.93", "12345678901234567890", "0.100000000000000005"),
        *("1e-7", "1.5E-7", "2E+3", "-12.25e2", "0E-19", "1e-18", "1234567890123456789e-18", "7.0"),
    ],
)
def test_a_number_is_exactly_what_was_written(tmp_path: Path, written: str) -> None:
    record = (
        f'{{"v":{written},"o":{{"a":[{written}]}},"l":[1.10, {written}],"e":[{{"x":{written}}}]}}'
    )
    (row,) = of(tmp_path, record)
    assert row["number"] == Decimal(written)
    assert row["words"] == written
    assert (row["listed"], row["each"]) == (["1.10", written], [written])
    tree = row["tree"][1:].decode()
    assert json.loads(tree, parse_float=Decimal, parse_int=Decimal) == {"a": [Decimal(written)]}
    assert written in tree


def test_what_a_type_does_not_hold_goes_to_quarantine_as_it_was_written(tmp_path: Path) -> None:
    column = {"v": {"type": "decimal(18,2)"}}
    texts = ["0.001", "1.5e-2", "1e400", "1e17", "12345678901234567.00", "NaN"]
    records = [f'{{"v": {text}, "n": [1.50]}}' for text in texts]
    for text, row in zip(texts, of(tmp_path, *records, **column), strict=True):
        assert str(row[REASONS][0]).startswith(f'v: "{text}" is not a number')
    good = of(tmp_path, '{"v": 1234567890123456.78}', '{"v": 1.5e-1}', '{"v": 12e0}', **column)
    assert [row["v"] for row in good] == [
        Decimal("1234567890123456.78"), Decimal("0.15"), Decimal(12)
    ]  # fmt: skip


def test_whole_numbers_may_have_an_exponent_and_a_fraction_of_zeros(tmp_path: Path) -> None:
    column = {"i": {"type": "bigint", "nullable": True}}
    texts = [
        "1e3",
        "9223372036854775807",
        "9.223372036854775807e18",
        "7.000",
        "-0",
        "120e-1",
        "0E-8",
    ]
    rows = of(tmp_path, *(f'{{"i": {text}}}' for text in texts), **column)
    assert [row["i"] for row in rows] == [1000, 2**63 - 1, 2**63 - 1, 7, 0, 12, 0]
    bad = of(tmp_path, '{"i": 1.5e0}', '{"i": 1e19}', '{"i": 1e-400}', **column)
    assert all(REASONS in row for row in bad)


def test_keys_and_texts_with_such_digits_are_found_and_kept(tmp_path: Path) -> None:
    columns = {
        "a": {"from": "1e5", "type": "text"},
        "b": {"from": "x 9E-2.l[*].-2e+1", "type": "text[]"},
        "c": {"type": "text"},
    }
    text = "v1.2.3, 10.50 €, Amélie 12e4-5E+6 0.0"
    record = {"1e5": text, "x 9E-2": {"l": [{"-2e+1": "7e7"}]}, "c": {"0.5": "1e1"}}
    for ascii_only in (False, True):
        (row,) = of(tmp_path, json.dumps(record, ensure_ascii=ascii_only), **columns)
        assert row == {"a": text, "b": ["7e7"], "c": '{"0.5":"1e1"}'}


def test_records_of_a_response_body_keep_their_digits(tmp_path: Path) -> None:
    part = tmp_path / "part.jsonl"
    part.write_text('{"_parent":{"k":0.10},"d":[{"v":1234567890.12345678},{"v":1e-7}]}\n')
    layout = RecordLayout(format="jsonl", records_path="d", with_parent=True)
    columns = {"v": {"type": "text"}, "k": {"from": "_parent.k", "type": "text"}}
    assert cleaned(part, layout, columns) == [
        {"v": "1234567890.12345678", "k": "0.10"},
        {"v": "1e-7", "k": "0.10"},
    ]


def test_a_list_in_a_csv_keeps_its_digits(tmp_path: Path) -> None:
    part = tmp_path / "part.csv"
    part.write_text('l\n"[1234567890.12345678, 1e-7]"\n')
    columns = {"l": {"type": "text[]"}}
    layout = RecordLayout(format="csv", columns=("l",))
    assert cleaned(part, layout, columns) == [{"l": ["1234567890.12345678", "1e-7"]}]


@settings(max_examples=60)
@given(st.text(max_size=20), st.text(alphabet='u01e9.-: ,[Eé\\"', max_size=20))
def test_any_text_of_a_record_is_read_as_it_says(first: str, second: str) -> None:
    record = json.dumps({"t": first + second})
    tree = restore_number(
        exp.func("json_extract_string", keep_digits(exp.column("t")), exp.Literal.string("/t"))
    )
    assert evaluated(tree, record) == first + second


@settings(max_examples=60)
@given(st.text(alphabet='0123456789.eE+-a"\\ ,é', max_size=40))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert evaluated(restore_number(keep_digits(exp.column("t"))), text) == text


def codes_of_another_process() -> list[str]:
    module = "medallion.cleaning.declared.number_codes"
    script = f"from {module} import CODES, START; print(START, *CODES.values())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_text_with_the_codes_of_another_process_keeps_them(tmp_path: Path) -> None:
    others = codes_of_another_process()
    assert not {START, *CODES.values()} & set(others)
    text = f"1{others[0]}2{others[1]}3 1.5"
    (row,) = of(
        tmp_path, json.dumps({"t": text, "n": 1.50}), t={"type": "text"}, n={"type": "text"}
    )
    assert row == {"t": text, "n": "1.5"}


def test_no_code_begins_with_what_one_ends_with() -> None:
    codes = [START, *CODES.values()]
    assert [len(code) for code in codes] == [16] * 8
    for first in codes:
        for second in codes:
            assert not any(first[-length:] == second[:length] for length in range(1, 16))
