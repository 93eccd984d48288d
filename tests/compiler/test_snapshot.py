"""What a look at the project remembers of the last one, and when it does not count."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from tests.compiler.projects import broken_guard, write

from medallion.compiler.project import load_project
from medallion.compiler.snapshot import Snapshot, mark_of
from medallion.spec.files.evidence import Fact

VERSION = "1"


@pytest.fixture
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medallion.compiler.snapshot.SETTLED", -(10**18))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "days.sql"
    path.write_text("select 1")
    return path


def value(snapshot: Snapshot, file: Path) -> str:
    return snapshot.value(Fact("file", str(file), str(file.parent), ""), {})


def again(snapshot: Snapshot) -> Snapshot:
    return Snapshot(snapshot.document(), VERSION)


def poisoned(document: dict[str, Any]) -> dict[str, Any]:
    """With a value that no reading of the file would give."""
    document["files"] = {key: [mark, "noted"] for key, (mark, _) in document["files"].items()}
    return document


@pytest.mark.usefixtures("_settled")
def test_an_unchanged_file_is_not_read_again(file: Path) -> None:
    first = Snapshot(None, VERSION)
    digest = value(first, file)
    assert first.has_changed()
    second = Snapshot(poisoned(first.document()), VERSION)
    assert value(second, file) == "noted" != digest
    assert not second.has_changed()


@pytest.mark.usefixtures("_settled")
def test_a_change_that_leaves_size_and_time_as_they_were_is_seen(file: Path) -> None:
    first = Snapshot(None, VERSION)
    digest, before = value(first, file), file.stat()
    file.write_text("select 2")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert value(again(first), file) != digest


@pytest.mark.usefixtures("_settled")
def test_what_another_version_of_the_code_found_does_not_count(file: Path) -> None:
    first = Snapshot(None, "0")
    digest = value(first, file)
    assert value(Snapshot(poisoned(first.document()), VERSION), file) == digest


def test_a_file_that_has_just_changed_is_read_each_time(file: Path) -> None:
    assert mark_of(file) is None
    first = Snapshot(None, VERSION)
    value(first, file)
    assert first.document()["files"] == {}


@pytest.mark.usefixtures("_settled")
@pytest.mark.parametrize(
    "before", [None, [], {"version": VERSION}, {"version": VERSION, "specs": {"a": 5}, "files": 5}]
)
def test_a_damaged_snapshot_knows_nothing(before: Any, file: Path) -> None:
    snapshot = Snapshot(before, VERSION)
    assert snapshot.spec("a", mark_of(file)) is None
    assert len(value(snapshot, file)) == 64


@pytest.mark.usefixtures("_settled")
def test_a_look_that_finds_every_file_as_it_was_reads_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "orders")
    (tmp_path / "specs/shop/domain.yaml").write_text("owner: shop-data\n")
    for _ in range(2):  # what a spec depends on is marked when it is looked at again
        before = load_project(tmp_path, until=time.monotonic() + 120)

    def absent_only(path: str, folder: str) -> bytes:
        assert not os.path.lexists(path), f"{path} was read"
        raise FileNotFoundError(path)

    monkeypatch.setattr("medallion.compiler.compiled.read_bounded", absent_only)
    monkeypatch.setattr("medallion.spec.files.regular_file.read_bounded", absent_only)
    assert load_project(tmp_path, time.monotonic() + 120, guard=broken_guard()) == before
