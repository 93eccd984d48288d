"""Columns and a layout in <case>.yaml, the query in <case>.sql: a new case is those two files.

With MEDALLION_WRITE_GOLDEN=1 the test writes the .sql again: read its diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlglot
import yaml

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.number_codes import CODES, START
from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.cleaning.duckdb.query import DIALECT, clean_query
from medallion.errors import DataRejected
from medallion.records import RecordLayout

CASES = sorted((Path(__file__).parent / "golden").glob("*.yaml"))


def rendered(case: Path) -> str:
    given = yaml.safe_load(case.read_text(encoding="utf-8"))
    columns = {name: ColumnSpec.model_validate(spec) for name, spec in given["columns"].items()}
    lists = {key: tuple(given["layout"].get(key, ())) for key in ("columns", "types")}
    fields = given["layout"] | lists
    wanted = WantedRows(columns=columns, primary_key=given.get("primary_key", ()))
    query = clean_query(wanted, RecordLayout(**fields), "/lake/it's/part-0")
    text = query.sql(dialect=DIALECT, pretty=True) + "\n"
    for mark, code in (("start", START), *CODES.items()):  # other ones in each process
        text = text.replace(code, f"<{mark}>")
    return text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_query_is_the_golden_one(case: Path) -> None:
    golden = case.with_suffix(".sql")
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        golden.write_text(rendered(case), encoding="utf-8")
    assert rendered(case) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_query_is_one_select(case: Path) -> None:
    (statement,) = sqlglot.parse(rendered(case), dialect=DIALECT)
    assert isinstance(statement, sqlglot.exp.Select)


def test_a_field_that_a_csv_lacks_is_reported() -> None:
    columns = {"title": ColumnSpec.model_validate({"from": "titel", "type": "text"})}
    layout = RecordLayout(format="csv", columns=("id", "title"))
    with pytest.raises(DataRejected, match="no column 'titel'; its header is 'id', 'title'"):
        clean_query(WantedRows(columns=columns), layout, "part")
