from __future__ import annotations

import os
import subprocess
import sys

import pytest

from medallion.cleaning.declared.types import SCALARS, column_type_issue, format_issue, parse_type


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: scalar.name)
@pytest.mark.parametrize("array", ["", "[]"])
def test_a_type_is_read_back_as_it_was_written(scalar: object, array: str) -> None:
    name = scalar.name + ("(18,2)" if scalar.name == "decimal" else "") + array  # type: ignore[attr-defined]
    assert parse_type(name).name == name
    assert parse_type(name).postgres.endswith("[]") == bool(array)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("strng", "did you mean text?"),
        ("varchar(20)", "did you mean text?"),
        ("Int[]", "did you mean integer[]?"),
        ("timestamp with time zone", "did you mean timestamptz?"),
        ("numeric(10,2)", "did you mean decimal(18,2)?"),
        ("uuid_of_some_kind", "the types are text,"),
        ("decimal", "decimal(18,2)"),
        ("decimal(39,2)", "1 to 38 digits"),
        ("decimal(2,3)", "no more than those after the point"),
        ("text(3)", "text takes no arguments"),
        ("", "there is no type ''"),
        ("text[][]", "there is no type"),
        ("text; DROP TABLE films", "there is no type"),
    ],
)
def test_what_is_no_type_is_reported(text: str, said: str) -> None:
    assert said in (column_type_issue(text) or "")


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        ("date", "%d/%m/%Y", None),
        ("time[]", "%-H:%M", None),
        ("text", "%d", "format is for date, time, timestamp, timestamptz"),
        ("date", "%Q", "%Q, which is not a code of strptime"),
        ("date", "dd/mm/yyyy", "has no code of strptime"),
        ("date", "100%%", "has no code of strptime"),
        ("date", "%", "not a code of strptime"),
    ],
)
def test_a_format_is_checked(kind: str, written: str, said: str | None) -> None:
    found = format_issue(parse_type(kind), written)
    assert found is None if said is None else said in (found or "")


def test_reading_a_spec_needs_no_sql_parser() -> None:
    rooms = "declared.types", "declared.columns", "verbs.plain"
    code = "import sys, " + ", ".join(f"medallion.cleaning.{room}" for room in rooms)
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print('sqlglot' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "False"
