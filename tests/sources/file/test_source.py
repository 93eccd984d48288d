"""Several files, compressed files, JSON Lines: landed as they are, counted, or refused."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medallion.errors import SourceRefused
from medallion.sources.file.source import FileSource
from medallion.sources.formats import compressions

Extract = Callable[..., Any]
CSV = "id;name\n1;Amélie\n2;Ørsta\n"


def source(path: str, **said: Any) -> FileSource:
    return FileSource(type="file", path=path, **said)


def write(root: Path, name: str, content: str | bytes) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(data)
    return data


def lines_of(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_every_file_of_a_pattern_is_a_part_as_it_is(extract: Extract, tmp_path: Path) -> None:
    wanted = [
        write(tmp_path, "sales/fr/2026-01.csv", CSV),
        write(tmp_path, "sales/fr/2026-02.csv", CSV + "3;Été\n"),
        write(tmp_path, "sales/it/2026-01.csv", CSV),
    ]
    write(tmp_path, "sales/it/notes.txt", "no part of it")
    write(tmp_path, "sales/it/.2026-01.csv", "half written")
    landed = extract(source("sales/**/2026-*.csv"))
    manifest = landed.manifest
    assert [landed.bytes_of(number) for number in range(3)] == wanted
    assert [part.name for part in manifest.parts] == [
        "00000_sales_fr_2026-01.csv", "00001_sales_fr_2026-02.csv", "00002_sales_it_2026-01.csv",
    ]  # fmt: skip
    assert [part.records for part in manifest.parts] == [2, 3, 2]
    assert manifest.layout.columns == ("id", "name")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_compressed_file_is_landed_compressed(
    extract: Extract, tmp_path: Path, encoding: str
) -> None:
    data = write(tmp_path, "films.csv.gz", gzip.compress(CSV.encode(encoding)))
    landed = extract(source("films.csv.gz"))
    assert landed.bytes_of() == data
    layout = landed.manifest.layout
    assert (layout.compression, layout.delimiter, landed.manifest.records) == ("gzip", ";", 2)


def test_json_lines_are_counted(extract: Extract, tmp_path: Path) -> None:
    text = "\n" + lines_of({"a": 1}, {"a": {"b": "é\n"}}) + '  \r\n{"a": 3}'
    write(tmp_path, "a.jsonl", text)
    write(tmp_path, "b.jsonl.gz", gzip.compress(text.encode()))
    for name, compression in (("a.jsonl", "none"), ("b.jsonl.gz", "gzip")):
        manifest = extract(source(name, format="jsonl")).manifest
        assert manifest.records == 3
        assert (manifest.layout.format, manifest.layout.compression) == ("jsonl", compression)


def test_a_file_that_is_named_like_a_pattern_is_that_file(extract: Extract, tmp_path: Path) -> None:
    write(tmp_path, "a[1].csv", CSV)
    assert extract(source("a[1].csv")).manifest.records == 2


@pytest.mark.parametrize(
    ("files", "said", "problem"),
    [
        ({}, {"path": "sales/*.csv"}, "no file is named like sales/"),
        (
            {"a.csv": "id;name\n1;x\n", "b.csv": "id;title\n1;x\n"},
            {"path": "*.csv"},
            r"b\.csv is not laid out as a\.csv: its columns: id, title; there: id, name",
        ),
        (
            {"a.csv": CSV.encode("cp1252"), "b.csv": CSV},
            {"path": "*.csv"},
            r"its encoding: utf-8; there: iso8859-1\s.*declare `encoding`",
        ),
        (
            {"a.csv/b.csv": CSV},
            {"path": "a.csv"},
            r"a\.csv is a folder\s.*name its files: a\.csv/\*\.csv",
        ),
        ({"a.csv.gz": CSV}, {"path": "a.csv.gz"}, r"a\.csv\.gz is not gzip"),
        (
            {"a.csv.gz": gzip.compress(CSV.encode() * 1000)[:-40]},
            {"path": "a.csv.gz"},
            r"a\.csv\.gz ends in the middle",
        ),
        (
            {"a.csv": gzip.compress(CSV.encode())},
            {"path": "a.csv", "compression": "none", "encoding": "utf-8"},
            "is not UTF-8",
        ),
        (
            {"a.json": json.dumps([{"a": 1}])},
            {"path": "a.json", "format": "jsonl"},
            r"first line is not a JSON object: '\[{",
        ),
        (
            {"a.json": json.dumps({"a": 1}, indent=2)},
            {"path": "a.json", "format": "jsonl"},
            r"first line is not a JSON object: '{'",
        ),
        (
            {"a.jsonl": '{"a": "é"}'.encode("latin-1")},
            {"path": "a.jsonl", "format": "jsonl"},
            "is latin-1: JSON Lines are UTF-8",
        ),
    ],
)
def test_what_is_not_what_the_spec_says_is_reported(
    extract: Extract,
    tmp_path: Path,
    files: dict[str, str | bytes],
    said: dict[str, Any],
    problem: str,
) -> None:
    for name, content in files.items():
        write(tmp_path, name, content)
    with pytest.raises(SourceRefused, match=f"(?s){problem}"):
        extract(source(**said))


def test_no_pattern_leaves_the_project(extract: Extract, tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(tmp_path, "outside/secret.csv", CSV)
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(SourceRefused, match="in no folder that the domain cinema may read"):
        extract(source("link/*.csv"), root=root)


def test_a_bomb_is_read_in_bounded_memory(extract: Extract, tmp_path: Path) -> None:
    """200 MB out of 200 kB: the lake keeps the latter, and no line is longer than allowed."""
    line = b'{"a": "' + b"x" * 1000 + b'"}\n'
    bomb = gzip.compress(line * 200_000)
    write(tmp_path, "bomb.jsonl.gz", bomb)
    manifest = extract(source("bomb.jsonl.gz", format="jsonl")).manifest
    assert (manifest.records, manifest.bytes) == (200_000, len(bomb))
    write(tmp_path, "line.jsonl.gz", gzip.compress(b"x" * 80_000_000))
    with pytest.raises(SourceRefused, match="a line of more than"):
        extract(source("line.jsonl.gz", format="jsonl"))


def zipped(*files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.csv", content)
    return target.getvalue()


def zstandard(content: bytes) -> bytes:
    target = pa.BufferOutputStream()
    with pa.CompressedOutputStream(target, "zstd") as stream:
        stream.write(content)
    return bytes(target.getvalue().to_pybytes())


PACKERS = {"bz2": bz2.compress, "zip": zipped, "zst": zstandard, "gz": gzip.compress}


@pytest.mark.parametrize("ending", PACKERS)
def test_every_compression_is_landed_as_it_is_bounded_and_reported_where_it_is_none(
    extract: Extract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = f"films.csv.{ending}"
    data = write(tmp_path, path, PACKERS[ending](CSV.encode("cp1252")))
    landed = extract(source(path))
    assert landed.bytes_of() == data
    assert (landed.manifest.records, landed.manifest.layout.encoding) == (2, "iso8859-1")
    write(tmp_path, path, CSV)
    with pytest.raises(SourceRefused, match=rf"films\.csv\.{ending} is not "):
        extract(source(path))
    write(tmp_path, path, PACKERS[ending](os.urandom(3_000_000))[:-1_000_000])
    with pytest.raises(SourceRefused, match=r"ends in the middle|is not "):
        extract(source(path, encoding="latin-1"))
    monkeypatch.setattr(compressions, "HARMLESS_BYTES", 100_000)
    write(tmp_path, path, PACKERS[ending](b"id\n" + b"1\n" * 3_000_000))
    with pytest.raises(SourceRefused, match="unpacks to more than 200 times its size"):
        extract(source(path))


def test_a_zip_with_a_password_is_reported(extract: Extract, tmp_path: Path) -> None:
    data = bytearray(zipped(CSV.encode()))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the bit that says so
    write(tmp_path, "films.zip", bytes(data))
    with pytest.raises(SourceRefused, match="protected by a password"):
        extract(source("films.zip"))


def test_each_data_interval_may_have_a_file_of_its_own(extract: Extract, tmp_path: Path) -> None:
    data = write(tmp_path, "till/till_2026-01-01.csv", CSV)
    write(tmp_path, "till/till_2026-01-02.csv", CSV + "3;Été\n")
    landed = extract(source("till/till_:data_interval_start_date.csv"))
    assert landed.bytes_of() == data
    assert landed.manifest.notes["path"] == "till/till_2026-01-01.csv"
    assert landed.manifest.source["path"] == "till/till_:data_interval_start_date.csv"
    with pytest.raises(SourceRefused) as refused:
        extract(source("till/of_:data_interval_start_date.csv"))
    assert "till/of_2026-01-01.csv" in refused.value.problem
    assert "clear the task" in refused.value.remedy
