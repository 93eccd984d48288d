"""Members of archives are landed as files of a folder are, each as a part."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.sources.formats.test_archives import tarred, zipped

from medallion.errors import SourceRefused
from medallion.sources.file.source import FileSource

Extract = Callable[..., Any]
A, B = "id;name\n1;Amélie\n".encode(), "id;name\n2;Ørsta\n3;x\n".encode()


def source(path: str, **said: Any) -> FileSource:
    return FileSource(type="file", path=path, **said)


def test_each_member_is_a_part_that_knows_its_archive(extract: Extract, tmp_path: Path) -> None:
    packed = gzip.compress(B)
    content = zipped({"x/a.csv": A, "b.csv.gz": packed, "readme.txt": b"-"})
    (tmp_path / "1.zip").write_bytes(content)
    (tmp_path / "2.tgz").write_bytes(gzip.compress(tarred({"c.csv": A})))
    landed = extract(source("?.*", member="*.csv*"))
    parts = landed.manifest.parts
    assert [part.name for part in parts] == [
        "00000_1.zip_x_a.csv.gz", "00001_1.zip_b.csv.gz", "00002_2.tgz_c.csv.gz",
    ]  # fmt: skip
    assert [part.file for part in parts] == ["1.zip/x/a.csv", "1.zip/b.csv.gz", "2.tgz/c.csv"]
    assert [part.records for part in parts] == [1, 2, 1]
    assert {part.archive for part in parts[:2]} == {"1.zip"}
    assert parts[0].archive_sha256 == hashlib.sha256(content).hexdigest()
    assert parts[0].archive_bytes == len(content)
    assert [gzip.decompress(landed.bytes_of(n)) for n in range(3)] == [A, B, A]
    assert landed.bytes_of(1) == packed
    layout = landed.manifest.layout
    assert (layout.compression, layout.columns, layout.delimiter) == ("gzip", ("id", "name"), ";")


def test_a_workbook_in_an_archive_stays_as_it_is(extract: Extract, tmp_path: Path) -> None:
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["id"])
    book.active.append([7])
    book.save(target)
    (tmp_path / "a.zip").write_bytes(zipped({"a.xlsx": target.getvalue(), "b.csv": A}))
    landed = extract(source("a.zip", member="*.xlsx", format="excel"))
    assert landed.bytes_of() == target.getvalue()
    assert landed.manifest.records == 1


def test_messages_name_the_archive_and_the_member(extract: Extract, tmp_path: Path) -> None:
    two = {"a.csv": A, "b.csv": b"id,name\n1,x\n"}
    for name, content, member, problem in (
        ("a.zip", zipped(two), None, r"a\.zip holds 2 files: a\.csv, b\.csv"),
        ("a.tar.gz", gzip.compress(tarred(two)), None, r"is an archive; it holds a\.csv, b\.csv"),
        ("a.zip", zipped(two), "*.csv", r"a\.zip/b\.csv is not laid out as a\.zip/a\.csv"),
        ("a.zip", zipped({"a.csv": b""}), "*.csv", r"a\.zip/a\.csv is empty"),
        ("a.zip", zipped({"a.csv.gz": b"id"}), "*.gz", r"a\.zip/a\.csv\.gz is not gzip"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceRefused, match=problem) as refused:
            extract(source(name, member=member))
        if member is None:
            assert 'member: "*.csv"' in refused.value.remedy
