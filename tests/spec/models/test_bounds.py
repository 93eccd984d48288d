"""Every text and number of a spec has a bound, and what is beyond it is reported with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.errors import SpecError
from medallion.spec.load.specs import load_spec
from medallion.spec.models.bounds import MOST_TABLES, out_of_bounds
from medallion.spec.sql.reader import sql_reader

SPEC = """\
description: {description}
owner: {owner}
tags: [{tag}]
start_date: {start_date}
max_active_runs: {runs}
retries: {retries}
retry_delay: {retry_delay}
datasets:
  orders:
    source: {{type: file, path: include/data/shop/orders.csv, delimiter: {delimiter}}}
    silver: {{columns: {{day: {{type: date, null_values: [{null}]}}}}}}
"""
GOOD = {
    "description": "Orders.",
    "owner": "us",
    "tag": "a",
    "start_date": "2026-01-01",
    "runs": "1",
    "retries": "1",
    "retry_delay": "5m",
    "delimiter": '";"',
    "null": "n/a",
}


def issues(root: Path, **values: str) -> list[tuple[str, int]]:
    path = root / "specs/shop/orders.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SPEC.format(**{**GOOD, **values}))
    try:
        load_spec(path, root, sql_reader(root))
    except SpecError as error:
        return [(issue.key, issue.line) for issue in error.issues]
    return []


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"description": '"a\\0b"'}, ("description", 1)),
        ({"description": '"a\\x1b[31m"'}, ("description", 1)),
        ({"description": "x" * 10_001}, ("description", 1)),
        ({"owner": "x" * 251}, ("owner", 2)),
        ({"owner": '""'}, ("owner", 2)),
        ({"tag": "x" * 101}, ("tags[0]", 3)),
        ({"start_date": "0001-01-01"}, ("start_date", 4)),
        ({"start_date": "9999-12-31T23:59:59Z"}, ("start_date", 4)),
        ({"runs": "2147483648"}, ("max_active_runs", 5)),
        ({"retries": "9" * 30}, ("retries", 6)),
        ({"retry_delay": "999999999999d"}, ("retry_delay", 7)),
        ({"retry_delay": "31d"}, ("retry_delay", 7)),
        ({"delimiter": '"\\0"'}, ("datasets.orders.source.delimiter", 10)),
    ],
)
def test_what_is_beyond_a_bound_is_reported_with_its_place(
    values: dict[str, str], where: tuple[str, int], tmp_path: Path
) -> None:
    assert issues(tmp_path, **values) == [where]


def test_what_data_may_hold_may_be_said(tmp_path: Path) -> None:
    assert issues(tmp_path, delimiter='"\\x01"', null='"\\x1a"') == []
    assert issues(tmp_path, description='"Two lines,\\n\\tand a price of 3 €."') == []


def test_half_a_character_and_odd_keys() -> None:
    found = list(out_of_bounds({"owner": "\ud800", "tags": ["\x85"], "a\x00b": 1}))
    assert [(one.where, one.on_key) for one in found] == [(("owner",), False), (("a\x00b",), True)]


def test_a_pipeline_of_too_many_tables() -> None:
    tables = {f"t{n}": {} for n in range(MOST_TABLES + 1)}
    (one,) = out_of_bounds({"datasets": tables})
    assert one.where == ("datasets",) and "split it" in one.remedy
    assert list(out_of_bounds({"gold": dict(list(tables.items())[1:])})) == []
