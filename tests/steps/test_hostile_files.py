"""Files that nobody should send: each is loaded as it is, quarantined, or refused with the reason.

Whatever is read is published, quarantined or a duplicate, and memory stays bounded.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from tests.steps.kill_matrix_child import PlanRun, run_task
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.errors import MedallionError
from medallion.sources.formats import compressions
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

SPEC = """\
description: What should not have been sent.
datasets:
  things:
    source: {type: file, format: FORMAT, path: "include/data/lab/things.*"SAID}
    silver:
      primary_key: [id]
      guard: {max_quarantined_percent: null, max_conflicting_percent: null}
      columns:
        id: {type: bigint}
        value: {type: TYPE, nullable: true}
"""
SQL = "'; DROP TABLE silver_lab.things; --"
MIXED = "שלום עליכם مرحبا \u202eabc\u202c 👩‍👩‍👧‍👦 e\u0301 ﷽ 𝔘𝔫𝔦 \ufdd0"

DEEP = "[" * 20_000 + "]" * 20_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file, and what becomes of it."""

    content: str | bytes
    published: list[tuple[int, Any]] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    """What each reason says, in the order of the records."""
    duplicates: int = 0
    refused: str = ""
    type: str = "text"
    format: str = "csv"
    name: str = "things.csv"
    said: str = ""
    harmless_bytes: int = compressions.HARMLESS_BYTES


def csv(*rows: str, header: str = "id,value") -> str:
    return "\n".join((header, *rows)) + "\n"


def jsonl(*records: object) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)


def packed(*files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.csv", content)
    return target.getvalue()


def sheet(*rows: list[Any], header: Sequence[str] = ("id", "value"), far: bool = False) -> bytes:
    book = openpyxl.Workbook()
    for row in (list(header), *rows):
        book.active.append(row)
    if far:
        book.active["XFD1048576"] = 1
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


CASES: dict[str, Case] = {
    "NUL bytes": Case(content="id,value\n1,a\0b\n", refused="is NUL: it is not a text file"),
    "NUL in a JSON text": Case(
        content=jsonl({"id": 1, "value": "a\0b"}, {"id": 2, "value": "x"}),
        format="jsonl", published=[(2, "x")], quarantined=["not a text without NUL"],
    ),
    "a cell of 1 MB": Case(content=csv("1," + "x" * 1_000_000), published=[(1, "x" * 1_000_000)]),
    "a cell of 10 MB": Case(
        content=csv("1,a", "2," + "x" * 10_000_000, "3,b"),
        published=[(1, "a"), (3, "b")], quarantined=["Maximum line size"],
    ),
    "a cell of 10 MB in JSON": Case(
        content=jsonl({"id": 1, "value": "x" * 10_000_000}),
        format="jsonl", published=[(1, "x" * 10_000_000)],
    ),
    "5,000 columns": Case(
        content=csv(
            ",".join(["1", "a", *["x"] * 4998]),
            header=",".join(["id", "value", *(f"c{number}" for number in range(4998))]),
        ),
        published=[(1, "a")],
    ),
    "ragged rows": Case(
        content=csv("1,a", "2", "3,c,d", "4,d"),
        published=[(1, "a"), (4, "d")],
        quarantined=["line 3", "line 4"],
    ),
    "a header with a name twice": Case(
        content=csv("1,a,b", header="id,value,value"), published=[(1, "a")]
    ),
    "a wrong encoding": Case(
        content="id,value\n1,é\n".encode("latin-1"), said=", encoding: utf-8",
        refused="is not UTF-8",
    ),
    "a quote that is not closed": Case(
        content=csv('1,"a', "2,b"), refused="the record from line 2 on"
    ),
    "only a header": Case(content="id,value\n", refused="0 rows to publish, the guard asks for 1"),
    "an empty file": Case(content="", refused="is empty"),
    "a gzip bomb of one line": Case(
        content=gzip.compress(b"id,value\n1," + b"x" * 300_000_000),
        name="things.csv.gz", refused="field larger than field limit",
    ),
    "a gzip bomb of many lines": Case(
        content=gzip.compress(b"id,value\n" + b"1,a\n" * 3_000_000),
        name="things.csv.gz", published=[(1, "a")], duplicates=2_999_999,
    ),
    "NaN and infinities": Case(
        content=csv("1,NaN", "2,inf", "3,-Infinity", "4,1e308", "5,1e309", "6,0x1F"),
        type="double",
        published=[(4, 1e308)],
        quarantined=["not a finite number"] * 5,
    ),
    "numbers that JSON has not": Case(
        content=jsonl(
            {"id": 1, "value": 1.5}, '{"id": 2, "value": NaN}', '{"id": 3, "value": 1e99999}'
        ),
        format="jsonl", type="double", published=[(1, 1.5)], quarantined=["finite"] * 2,
    ),
    "the first and the last year": Case(
        content=csv("1,0001-01-01", "2,9999-12-31", "3,0000-01-01", "4,10000-01-01", "5,2026-13-1"),
        type="date",
        published=[(1, "0001-01-01"), (2, "9999-12-31")],
        quarantined=["not a date"] * 3,
    ),
    "numbers beyond their type": Case(
        content=csv("9223372036854775807,1.005", "9223372036854775808,1", "2,1e2", "3,12345678.90"),
        type="'decimal(8,2)'",
        published=[],
        quarantined=["1.005", "64 bits", "1e2", "12345678.90"],
        refused="0 rows to publish",
    ),
    "all scripts at once": Case(content=csv(f"1,{MIXED}"), published=[(1, MIXED)]),
    "SQL in every field": Case(
        content=csv(f'1,"{SQL}"', f'"{SQL}",x'),
        published=[(1, SQL)], quarantined=["not a whole number"],
    ),
    "formulas": Case(content=csv("1,=cmd|'/c calc'!A0"), published=[(1, "=cmd|'/c calc'!A0")]),
    "line ends of all kinds in fields": Case(
        content='id,value\r\n1,"a\r\nb\nc"\r\n2,d\r\n', published=[(1, "a\r\nb\nc"), (2, "d")]
    ),
    "JSON that is too deep": Case(
        content=jsonl(
            {"id": 1, "value": "a"}, f'{{"id": 2, "value": {DEEP}}}', f'{{"id": {DEEP}}}'
        ),
        format="jsonl", published=[(1, "a"), (2, DEEP)], quarantined=["not a whole number"],
    ),
    "half a surrogate": Case(
        content=jsonl({"id": 1, "value": "a"}, '{"id": 2, "value": "\\ud800"}'),
        format="jsonl", published=[(1, "a")], quarantined=[""],
    ),
    "a line that is not JSON": Case(
        content=jsonl({"id": 1, "value": "a"}, "{", "[1]", "7", {"id": 2}),
        format="jsonl", published=[(1, "a"), (2, None)], quarantined=["", "", ""],
    ),
    "a zip bomb": Case(
        content=packed(b"id,value\n" + b"1,a\n" * 10_000_000),
        name="things.zip", refused="more than 200 times its size", harmless_bytes=10_000_000,
    ),
    "two files in a zip": Case(
        content=packed(b"id,value\n1,a\n", b"id,value\n2,b\n"),
        name="things.zip", refused="holds 2 files: 0.csv, 1.csv",
    ),
    "a zip that is cut": Case(
        content=packed(b"id,value\n1,a\n")[:-30], name="things.zip", refused="is not zip",
    ),
    "NaN in a JSON document": Case(
        content='[{"id": 1, "value": 1.5}, {"id": 2, "value": NaN}, {"id": 3, "value": 1e999}, 7]',
        format="json", type="double", published=[(1, 1.5)],
        quarantined=["", "finite", ""],
    ),
    "a JSON document that is too deep": Case(
        content=f'[{{"id": 1, "value": "a"}}, {{"id": 2, "value": {DEEP}}}, {{"id": {DEEP}}}]',
        format="json", published=[(1, "a"), (2, DEEP)], quarantined=["not a whole number"],
    ),
    "a JSON document that ends in the middle": Case(
        content='[{"id": 1, "value": "a"}, {"id": 2, "val', format="json",
        refused="ends in the middle",
    ),
    "a cell of 10 MB in a JSON document": Case(
        content=json.dumps([{"id": 1, "value": "x" * 10_000_000}]),
        format="json", published=[(1, "x" * 10_000_000)],
    ),
    "Excel: the first and the last year": Case(
        content=sheet(
            [1, "0001-01-01"], [2, date(9999, 12, 31)], [3, date(1900, 1, 1)], [4, 99999999]
        ),
        format="excel", name="things.xlsx", type="date",
        published=[(1, "0001-01-01"), (2, "9999-12-31"), (3, "1900-01-01")],
        quarantined=["not a date"],
    ),
    "Excel: 5,000 columns": Case(
        content=sheet([1, "a", *["x"] * 4998], header=["id", "value", *map(str, range(4998))]),
        format="excel", name="things.xlsx", published=[(1, "a")],
    ),
    "Excel: an error, a formula, SQL": Case(
        content=sheet([1, "#N/A"], [2, "=1+1"], [3, SQL], ["x", "y"]),
        format="excel", name="things.xlsx",
        published=[(1, None), (2, None), (3, SQL)], quarantined=["not a whole number"],
    ),
    "Excel: a far cell": Case(
        content=sheet([1, "a"], far=True), format="excel", name="things.xlsx",
        refused="cannot be read with 2GB of memory",
    ),
    "one key many times": Case(
        content=csv(*(f"1,{n}" for n in range(1000))), published=[(1, "999")], duplicates=999
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_loaded_quarantined_or_refused(
    warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = CASES[name]
    monkeypatch.setattr(compressions, "HARMLESS_BYTES", case.harmless_bytes)
    run = pipeline(case, tmp_path, warehouse_db)
    try:
        for task in run.plan.tasks:
            run_task(run, task.task_id)
        said = ""
    except MedallionError as error:
        said = str(error)
    assert case.refused in said
    assert bool(said) is bool(case.refused), said
    if not said:
        value = "value::text" if case.type == "date" else "value"
        assert query(warehouse_db, f"SELECT id, {value} FROM silver_lab.things ORDER BY id") == (
            case.published
        )
        reasons = query(
            warehouse_db,
            "SELECT array_to_string(reasons, '; ') FROM quarantine_silver_lab.things"
            " ORDER BY _bronze_record NULLS LAST, 1",
        )
        assert len(reasons) == len(case.quarantined), reasons
        for (reason,), wanted in zip(reasons, case.quarantined, strict=True):
            assert wanted in str(reason)
        assert query(
            warehouse_db,
            "SELECT rows_read - rows_published - rows_quarantined - rows_deduplicated"
            " - rows_discarded, rows_published, rows_quarantined, rows_deduplicated"
            " FROM medallion.publications",
        ) == [(0, len(case.published), len(case.quarantined), case.duplicates)]


def pipeline(case: Case, root: Path, url: str) -> PlanRun:
    """A project with the case's file and a spec that reads it."""
    spec = SPEC.replace("FORMAT", case.format).replace("TYPE", case.type).replace("SAID", case.said)
    data = case.content.encode() if isinstance(case.content, str) else case.content
    for path, content in (
        ("specs/lab/things.yaml", spec.encode()),
        (f"include/data/lab/{case.name}", data),
    ):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_bytes(content)
    assert load_all(root, sql_reader(root)).issues == ()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS silver_lab")
    return PlanRun(
        plan=plan_of("lab.things", root),
        run_id="manual__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=root,
        lake_root=root / "lake",
        warehouse_url=url,
        connections={},
    )
