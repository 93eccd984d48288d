"""moments.yaml: a new case is a line there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from medallion.cleaning.declared.types import FORMAT_CODES, parse_type
from medallion.cleaning.duckdb.formats import _OF_CODES
from medallion.cleaning.duckdb.moments import read

CASES = yaml.safe_load((Path(__file__).parent / "moments.yaml").read_text(encoding="utf-8"))
DUCK = duckdb.connect()
DUCK.execute("SET TimeZone = 'UTC'")


def typed(
    kind: str, formats: list[str], zone: str | None, text: str, pivot_year: int | None = None
) -> str | None:
    value = read(exp.column("value"), parse_type(kind), formats, zone, pivot_year)
    source = exp.select(exp.alias_(exp.cast(exp.Placeholder(), "text"), "value")).subquery("t")
    query = exp.select(exp.cast(value, "text")).from_(source)
    row = DUCK.execute(query.sql(dialect="duckdb"), [text]).fetchone()
    assert row is not None
    found: str | None = row[0]
    return found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_moment_is_read_as_it_says_or_refused(case: list[Any]) -> None:
    kind, formats, zone, text, wanted, *pivot_year = case
    assert typed(kind, formats, zone, text, *pivot_year) == wanted


def test_every_code_of_a_format_has_its_width() -> None:
    assert {code for code in FORMAT_CODES if code not in "cxX"} | {"%"} == _OF_CODES.keys()


@settings(max_examples=80)
@given(
    seconds=st.integers(-(10**9), 2 * 10**9),
    zone=st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kolkata", "UTC"]),
)
def test_a_clock_gives_back_the_moment_that_it_showed(seconds: int, zone: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    shown = moment.astimezone(ZoneInfo(zone))
    found = typed("timestamptz", [], zone, shown.strftime("%Y-%m-%dT%H:%M:%S"))
    assert found is not None
    # Of a time that the clock showed twice, the second is taken.
    meant = {moment, moment.astimezone(ZoneInfo(zone)).replace(fold=1).astimezone(UTC)}
    assert datetime.fromisoformat(found) in meant
