"""What counts as a try, and what is kept of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.course.progress import Progress, ProgressFile, digest_of
from medallion.errors import SetupError


def test_the_start_and_the_same_files_again_are_no_tries(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path)
    progress.note_start("1.1", "start")
    tries = [progress.note("1.1", files, passed=False).tries for files in ("start", "a", "a", "b")]
    assert tries == [0, 1, 1, 2]


def test_what_is_passed_stays_passed(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path)
    passed_at = progress.note("1.1", "a", passed=True).passed_at
    assert passed_at
    assert progress.note("1.1", "b", passed=False).passed_at == passed_at
    assert progress.note("1.1", "a", passed=True).passed_at == passed_at
    progress.forget("1.1")
    assert progress.of("1.1") == Progress()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text("{")
    with pytest.raises(SetupError, match="no work"):
        ProgressFile(tmp_path).read()


def test_a_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    found = set()
    for name, text in (("a", "1"), ("a", "2"), ("b", "2")):
        (tmp_path / name).write_text(text)
        found.add(digest_of(tmp_path))
    assert len(found) == 3
