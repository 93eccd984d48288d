"""Parquet that others wrote: pandas, Spark and whatever else, whole or damaged."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medallion.errors import SourceRefused
from medallion.sources.file.source import FileSource


def source(path: str, **keys: Any) -> FileSource:
    return FileSource.model_validate({"type": "file", "format": "parquet", "path": path, **keys})


def test_a_file_is_landed_as_it_is_with_its_types(tmp_path: Path, extract: Any) -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "rate": [1.0, None],
            "kind": pd.Categorical(["a", "b"]),
            "at": pd.to_datetime(["2026-01-01", None]).astype("datetime64[ns]"),
            "name": ["é", None],
        }
    )
    frame.to_parquet(tmp_path / "frame.parquet", index=False)
    landed = extract(source("frame.parquet"))
    assert landed.bytes_of() == (tmp_path / "frame.parquet").read_bytes()
    assert landed.manifest.records == 2
    assert landed.manifest.layout.columns == ("id", "rate", "kind", "at", "name")
    assert landed.manifest.layout.types == (
        "BIGINT",
        "DOUBLE",
        "VARCHAR",
        "TIMESTAMP_NS",
        "VARCHAR",
    )


def test_several_files_are_laid_out_alike(tmp_path: Path, extract: Any) -> None:
    pq.write_table(pa.table({"id": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"id": [2, 3]}), tmp_path / "2.parquet", compression="gzip")
    landed = extract(source("*.parquet"))
    assert [part.records for part in landed.manifest.parts] == [1, 2]
    pq.write_table(pa.table({"id": ["x"]}), tmp_path / "3.parquet")
    with pytest.raises(SourceRefused, match="its types: VARCHAR; there: BIGINT"):
        extract(source("*.parquet"))


def test_what_is_no_parquet_is_refused(tmp_path: Path, extract: Any) -> None:
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"id": list(range(10_000))}), whole)
    (tmp_path / "cut.parquet").write_bytes(whole.read_bytes()[:-100])
    (tmp_path / "empty.parquet").write_bytes(b"")
    (tmp_path / "text.parquet").write_text("id,name\n1,x\n")
    (tmp_path / "packed.parquet.gz").write_bytes(b"\x1f\x8b")
    batch = pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "twice.parquet")
    pq.write_table(pa.table({}), tmp_path / "bare.parquet")
    for name, said in (
        ("cut.parquet", "not Parquet, damaged or encrypted"),
        ("empty.parquet", "not Parquet, damaged or encrypted"),
        ("text.parquet", "not Parquet, damaged or encrypted"),
        ("packed.parquet.gz", "packed as gzip"),
        ("twice.parquet", "more than one column 'a'"),
        ("bare.parquet", "no column"),
    ):
        with pytest.raises(SourceRefused, match=said) as raised:
            extract(source(name))
        assert name in str(raised.value)


def test_times_finer_than_silver_has_are_reported_apart(tmp_path: Path, extract: Any) -> None:
    table = pa.table(
        {
            "t": pa.array([time(10)], pa.time64("ns")),
            "zoned": pa.array([1], pa.timestamp("ns", "Europe/Paris")),
            "ms": pa.array([1], pa.timestamp("ms", "Europe/Paris")),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    types = extract(source("x.parquet")).manifest.layout.types
    assert types == ("TIME_NS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
