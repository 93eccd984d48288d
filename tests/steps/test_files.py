"""Files in all the ways that a source reads them, from the project's folder to staged rows."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from tests.steps.landed import FILMS, context
from tests.steps.staged import query

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.names import Layer
from medallion.plan.model import CleanStep, GateStep, LandStep
from medallion.sources.file.source import FileSource
from medallion.steps.run import run_step

ROWS = [(1, "Amélie"), (2, "Ørsta"), (3, "千と千尋")]
STAGED = CleanStep(
    table=FILMS,
    columns={
        "id": ColumnSpec(type="bigint"),
        "name": ColumnSpec(type="text", clean=("trim",)),
    },
    primary_key=("id",),
    logged=False,
)


def as_csv(rows: list[tuple[int, str]]) -> str:
    return "id;name\n" + "".join(f"{number}; {name} \n" for number, name in rows)


def as_json(rows: list[tuple[int, str]]) -> str:
    return "".join(
        json.dumps({"id": n, "name": f" {t} "}, ensure_ascii=False) + "\n\n" for n, t in rows
    )


def compressed(text: str, encoding: str = "utf-8") -> bytes:
    return gzip.compress(text.encode(encoding))


def zipped(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("films/", b"")
        archive.writestr("films/a.dat", data)
    return target.getvalue()


def zstandard(data: bytes) -> bytes:
    target = pa.BufferOutputStream()
    with pa.CompressedOutputStream(target, "zstd") as stream:
        stream.write(data)
    return target.getvalue().to_pybytes()


def as_document(rows: list[tuple[int, str]]) -> bytes:
    items = [{"id": n, "name": f" {t} "} for n, t in rows]
    return json.dumps({"page": {"items": items}, "items": [1, 2]}, indent=2).encode("utf-8-sig")


def as_workbook(rows: list[tuple[int, str]]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Films")
    for line in (["as of 2026"], [], [None, "id", "name"], *([None, n, f" {t} "] for n, t in rows)):
        sheet.append(line)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def as_xml(rows: list[tuple[int, str]]) -> bytes:
    films = "".join(f"<film><id>{n}</id><name> {t} </name></film>\n" for n, t in rows)
    return f'<?xml version="1.0" encoding="utf-16"?><films>{films}</films>'.encode("utf-16")


JSON = {"format": "json", "records": "page.items"}
EXCEL = {"format": "excel", "sheet": "Films", "range": "B3:C"}

CASES: dict[str, tuple[dict[str, bytes], dict[str, Any]]] = {
    "csv": ({"a.csv": as_csv(ROWS).encode()}, {"path": "a.csv"}),
    "csv.gz": ({"a.csv.gz": compressed(as_csv(ROWS))}, {"path": "a.csv.gz"}),
    "utf-16.gz": ({"a.csv.gz": compressed(as_csv(ROWS), "utf-16")}, {"path": "a.csv.gz"}),
    "mixed line ends.gz": (
        {"a.csv.gz": compressed(as_csv(ROWS).replace("Amélie \n", "Amélie \r\n"))},
        {"path": "a.csv.gz"},
    ),
    "several csv": (
        {"a.csv": as_csv(ROWS[:1]).encode(), "b.csv": as_csv(ROWS[1:]).encode()},
        {"path": "?.csv"},
    ),
    "several csv.gz": (
        {"a.csv.gz": compressed(as_csv(ROWS[:1])), "b.csv.gz": compressed(as_csv(ROWS[1:]))},
        {"path": "*.csv.gz"},
    ),
    "jsonl": ({"a.jsonl": as_json(ROWS).encode()}, {"path": "a.jsonl", "format": "jsonl"}),
    "several jsonl.gz": (
        {"a.jsonl.gz": compressed(as_json(ROWS[:2])), "b.jsonl.gz": compressed(as_json(ROWS[2:]))},
        {"path": "*.jsonl.gz", "format": "jsonl"},
    ),
    "jsonl with a mark": (
        {"a.jsonl": as_json(ROWS[:1]).encode("utf-8-sig"), "b.jsonl": as_json(ROWS[1:]).encode()},
        {"path": "?.jsonl", "format": "jsonl"},
    ),
    "jsonl.gz with a mark": (
        {"a.jsonl.gz": compressed(as_json(ROWS), "utf-8-sig")},
        {"path": "a.jsonl.gz", "format": "jsonl"},
    ),
    "csv.bz2": ({"a.csv.bz2": bz2.compress(as_csv(ROWS).encode())}, {"path": "a.csv.bz2"}),
    "csv.zip": ({"a.zip": zipped(as_csv(ROWS).encode())}, {"path": "a.zip"}),
    "csv.zst": ({"a.csv.zst": zstandard(as_csv(ROWS).encode())}, {"path": "a.csv.zst"}),
    "latin-1 in a zip": ({"a.zip": zipped(as_csv(ROWS[:2]).encode("latin-1"))}, {"path": "a.zip"}),
    "jsonl.zst": (
        {"a.jsonl.zst": zstandard(as_json(ROWS).encode())},
        {"path": "a.jsonl.zst", "format": "jsonl"},
    ),
    "json": ({"a.json": as_document(ROWS)}, {"path": "a.json", **JSON}),
    "json.gz": ({"a.json.gz": gzip.compress(as_document(ROWS))}, {"path": "a.json.gz", **JSON}),
    "several json": (
        {"a.json": as_document(ROWS[:1]), "b.json": as_document(ROWS[1:])},
        {"path": "?.json", **JSON},
    ),
    "a json a record": (
        {f"{n}.json": json.dumps({"id": n, "name": t}).encode() for n, t in ROWS},
        {"path": "*.json", "format": "json", "single_record": True},
    ),
    "excel": ({"a.xlsx": as_workbook(ROWS)}, {"path": "a.xlsx", **EXCEL}),
    "excel.zip": ({"a.zip": zipped(as_workbook(ROWS))}, {"path": "a.zip", **EXCEL}),
    "fixed_width": (
        {"a.txt": "".join(f"{n:04}  {t:20}#\n" for n, t in ROWS).encode()},
        {"path": "a.txt", "format": "fixed_width", "widths": {"id": 6, "name": 20, "x": 1}},
    ),
    "xml.gz": (
        {"a.xml.gz": gzip.compress(as_xml(ROWS))},
        {"path": "a.xml.gz", "format": "xml", "record": "/films/film"},
    ),
    "several excel": (
        {"a.xlsx": as_workbook(ROWS[:1]), "b.xlsx": as_workbook(ROWS[1:])},
        {"path": "*.xlsx", **EXCEL},
    ),
}


SEEN = GateStep(
    layer=Layer.BRONZE,
    table=FILMS,
    checks=tuple(
        PlannedCheck(
            check_id=f"{expectation}_{column}",
            name=expectation,
            expectation=expectation,
            kwargs={"column": column},
            on_failure=OnFailure.FAIL,
            description="",
        )
        for column in ("id", "name")
        for expectation in (
            "expect_column_to_exist",
            "expect_column_values_to_be_unique",
            "expect_column_values_to_not_be_null",
        )
    ),
)


@pytest.mark.parametrize("case", CASES)
def test_what_is_in_the_files_is_in_the_table(warehouse_db: str, tmp_path: Path, case: str) -> None:
    files, said = CASES[case]
    wanted = [row for row in ROWS if "latin-1" not in case or row[0] < 3]
    folder = tmp_path / "include/data/cinema"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    handed = context(warehouse_db, tmp_path)
    path = f"include/data/cinema/{said['path']}"
    steps = {
        "films.land": LandStep(
            table=FILMS, source=FileSource(type="file", **(said | {"path": path}))
        ),
        "films.gate_bronze": SEEN,
        "films.clean": STAGED,
    }
    for task_id, step in steps.items():
        result = run_step(step, replace(handed, task_id=task_id))
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (
        len(wanted),
        len(wanted),
        0,
    )
    found = query(
        warehouse_db, f"SELECT id, name, _bronze_part FROM {result.reference} ORDER BY id"
    )
    assert [row[:2] for row in found] == wanted
    first = len(ROWS) if len(files) == 1 else 2 if case == "several jsonl.gz" else 1
    a_file_a_record = len(files) == len(ROWS)
    assert [row[2] for row in found] == [
        number - 1 if a_file_a_record else int(number > first) for number, _ in wanted
    ]
