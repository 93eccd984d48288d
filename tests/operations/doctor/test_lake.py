"""The lake: a file is written, read and deleted, or the reason is named."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from medallion.operations.doctor.lake import examine_lake


def test_a_lake_that_can_be_written_keeps_nothing(tmp_path: Path) -> None:
    lake = tmp_path / "state" / "lake"
    assert examine_lake(lake).verdict == "ok"
    assert list(lake.iterdir()) == []


def test_a_lake_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    found = examine_lake(tmp_path / "taken" / "lake")
    assert (found.verdict, found.layer) == ("failed", "write")
    assert str(tmp_path / "taken" / "lake") in found.says
    assert found.confirm.startswith("id; ls -ld ")


def test_a_full_disk_is_a_failure(small_disk: Path) -> None:
    with (small_disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0" * 4096)
    found = examine_lake(small_disk)
    assert found.verdict == "failed"
    assert "No space left" in found.says
