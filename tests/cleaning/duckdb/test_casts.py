"""values.yaml says what each type takes and refuses: a new case is a line there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from medallion.cleaning.declared.types import parse_type
from medallion.cleaning.duckdb.casts import cast
from medallion.cleaning.duckdb.formats import by_format

VALUES = yaml.safe_load((Path(__file__).parent / "values.yaml").read_text(encoding="utf-8"))


def cases() -> Iterator[tuple[str, str, str | None]]:
    for kind, said in VALUES.items():
        for text, value in said["takes"].items():
            yield kind, text, value
        for text in said["refuses"]:
            yield kind, text, None


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def typed(
    duck: duckdb.DuckDBPyConnection, kind: str, text: str, *, json: bool = False
) -> str | None:
    name, _, format_ = kind.partition(" ")
    kind_of = parse_type(name)
    value = (
        by_format(exp.column("value"), kind_of, format_, None)
        if format_
        else cast(exp.column("value"), kind_of, json=json)
    )
    source = exp.select(exp.alias_(exp.cast(exp.Placeholder(), "text"), "value")).subquery("t")
    query = exp.select(exp.cast(value, "text")).from_(source)
    row = duck.execute(query.sql(dialect="duckdb"), [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(("kind", "text", "value"), list(cases()))
def test_a_text_is_taken_as_it_says_or_refused(
    duck: duckdb.DuckDBPyConnection, kind: str, text: str, value: str | None
) -> None:
    assert typed(duck, kind, text) == value


def test_json_has_one_kind_of_number(duck: duckdb.DuckDBPyConnection) -> None:
    assert typed(duck, "bigint", "7.0", json=True) == "7"
    assert typed(duck, "bigint", "7.5", json=True) is None


@given(text=st.from_regex(r"\A[-+]?[0-9]{0,20}\.?[0-9]{0,5}\Z"))
def test_a_decimal_is_never_rounded_nor_refused_when_it_fits(text: str) -> None:
    with duckdb.connect() as duck:
        found = typed(duck, "decimal(18,2)", text)
    try:
        exact = Decimal(text)
    except InvalidOperation:
        assert found is None
        return
    fits = exact == exact.quantize(Decimal("0.01")) and abs(exact) < Decimal(10) ** 16
    assert (found is not None) == fits
    assert found is None or Decimal(found) == exact


@given(text=st.text(max_size=12))
def test_any_text_is_a_bigint_only_where_python_agrees(text: str) -> None:
    with duckdb.connect() as duck:
        found = typed(duck, "bigint", text)
    if found is not None:
        assert int(text) == int(found)
