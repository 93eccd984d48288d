"""Files in all the ways that a source reads them, from the project's folder to staged rows."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from landed import FILMS, context
from staged import query

from medallion.cleaning.columns import ColumnSpec
from medallion.names import Layer
from medallion.plan.model import CleanStep, GateStep, LandStep
from medallion.sources.delimited import FileSource
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
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_in_the_files_is_in_the_table(warehouse_db: str, tmp_path: Path, case: str) -> None:
    files, said = CASES[case]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    surroundings = context(warehouse_db, tmp_path)
    steps = {
        "films.land": LandStep(table=FILMS, source=FileSource(type="file", **said)),
        "films.gate_bronze": GateStep(layer=Layer.BRONZE, table=FILMS, checks=()),
        "films.clean": STAGED,
    }
    for task_id, step in steps.items():
        result = run_step(step, replace(surroundings, task_id=task_id))
    assert (result.rows_in, result.rows_out, result.rows_quarantined) == (3, 3, 0)
    assert query(
        warehouse_db, f"SELECT id, name, _bronze_part FROM {result.reference} ORDER BY id"
    ) == [
        (number, name, 0 if len(files) == 1 or number <= (2 if "jsonl" in case else 1) else 1)
        for number, name in ROWS
    ]
