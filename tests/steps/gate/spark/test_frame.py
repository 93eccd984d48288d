"""What a worker of Spark reads for a gate, without a Spark around it: tests/spark has the rest."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.steps import landed

from medallion.lake.manifest import Manifest
from medallion.records import RecordLayout
from medallion.steps.gate.spark.frame import KINDS, ReadParts, SeenColumn
from medallion.steps.spark.workers import read_error

JSONL = RecordLayout(format="jsonl")
TEXTS = SeenColumn(name="a", as_texts=True)
VALUES = SeenColumn(name="a", as_texts=False)


def land(url: str, lake: Path, layout: RecordLayout, *parts: bytes) -> Manifest:
    counted = [(part, part.count(b"\n")) for part in parts]
    return landed.land(landed.context(url, lake), layout, counted)


def answers(job: ReadParts) -> list[dict[str, Any]]:
    """Of all parts, as a worker gets the job."""
    sent = pickle.loads(pickle.dumps(job))  # noqa: S301  # our own
    numbers = [part for group in sent.groups for part in group]
    return [row for part in numbers for batch in sent._answer(part) for row in batch.to_pylist()]


def read_of(manifest: Manifest, *columns: SeenColumn) -> list[dict[str, Any]]:
    groups = (tuple(range(len(manifest.parts))),)
    return answers(ReadParts(manifest=manifest, columns=columns, groups=groups))


def test_each_value_is_in_the_field_of_its_kind(warehouse_db: str, tmp_path: Path) -> None:
    values = [True, 7, 0.5, "x", 2**63, [1], {"b": 1}, None, "\ud800"]
    lines = "".join(json.dumps({"a": value}) + "\n" for value in values).encode()
    rows = read_of(land(warehouse_db, tmp_path, JSONL, lines), VALUES)
    found = [{k: v for k, v in row["column_0"].items() if v is not None} for row in rows]
    assert found == [
        {"truth": True}, {"whole": 7}, {"fraction": 0.5}, {"text": "x"}, {"other": True},
        {"other": True}, {"other": True}, {}, {"text": "?"},
    ]  # fmt: skip


def test_texts_are_as_they_were_landed_and_types_as_pandas_finds_them(
    warehouse_db: str, tmp_path: Path
) -> None:
    layout = RecordLayout(format="csv", columns=("a",))
    manifest = land(warehouse_db, tmp_path, layout, b"a\n007\n8\n", b"a\n", b"a\n1.50\n")
    manifest = replace(manifest, parts=tuple(replace(one, records=1) for one in manifest.parts))
    rows = read_of(manifest, TEXTS, VALUES)
    assert [(row["part"], row["column_0"]) for row in rows] == [(0, "007"), (0, "8"), (2, "1.50")]
    nothing = dict.fromkeys(KINDS)
    assert [row["column_1"] for row in rows] == [
        {**nothing, "whole": 7}, {**nothing, "whole": 8}, {**nothing, "fraction": 1.5},
    ]  # fmt: skip


def test_columns_are_told_apart_in_whatever_order_the_part_has_them(
    warehouse_db: str, tmp_path: Path
) -> None:
    layout = RecordLayout(format="csv", columns=("b", "a"))
    manifest = land(warehouse_db, tmp_path, layout, b"b,a\n1,2\n")
    both = (TEXTS, SeenColumn(name="b", as_texts=True))
    (row,) = read_of(manifest, *both)
    assert (row["column_0"], row["column_1"]) == ("2", "1")


def test_an_error_is_a_record_of_its_own(warehouse_db: str, tmp_path: Path) -> None:
    layout = RecordLayout(format="csv", columns=("a",))
    manifest = land(warehouse_db, tmp_path, layout, b"a\n1\n", b'a\n"never closed\n')
    (good, bad) = read_of(manifest, VALUES)
    assert (good["error"], good["column_0"]["whole"]) == (None, 1)
    assert bad["part"] == 1
    error = read_error(bad["error"])
    assert type(error).__name__ == "DataRejected"
    assert "part-1 cannot be read" in str(error)


def test_a_worker_with_another_medallion_reads_nothing(warehouse_db: str, tmp_path: Path) -> None:
    manifest = land(warehouse_db, tmp_path, JSONL, b'{"a": 1}\n')
    job = ReadParts(manifest=manifest, columns=(TEXTS,), groups=((0,),), version="0.0.1")
    (answer,) = answers(job)
    assert "the task has 0.0.1" in str(read_error(answer["error"]))
    assert answer["column_0"] is None


@pytest.mark.parametrize(
    ("column", "schema"),
    [
        (TEXTS, "part int, error string, column_0 string"),
        (
            VALUES,
            "part int, error string, column_0 struct<whole:bigint,fraction:double,truth:boolean,"
            "text:string,other:boolean>",
        ),
    ],
)
def test_its_schema_is_sparks(column: SeenColumn, schema: str) -> None:
    job = ReadParts(manifest=None, columns=(column,), groups=())  # type: ignore[arg-type]
    assert job.schema == schema
