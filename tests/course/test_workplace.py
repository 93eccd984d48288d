"""A learner's folder: made from copies, moved away whole, and read like a spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.course.workplace import lay_out, learner_files, move_away, read_work
from medallion.errors import SetupError


def test_data_of_the_project_are_copied(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.csv").write_text("a\n1\n")
    lay_out(tmp_path / "exercise", ("a.csv",), tmp_path / "mine", tmp_path / "project")
    copied = tmp_path / "mine" / "a.csv"
    assert copied.read_text() == "a\n1\n"
    assert not copied.is_symlink()


def test_data_that_the_project_does_not_have_are_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"(?s)works on a\.csv.*git checkout -- a\.csv"):
        lay_out(tmp_path / "exercise", ("a.csv",), tmp_path / "mine", tmp_path)


def test_work_is_moved_away_and_never_over_other_work(tmp_path: Path) -> None:
    kept = []
    for text in ("one", "two", "three"):
        (tmp_path / "work").mkdir()
        (tmp_path / "work" / "a.sql").write_text(text)
        kept.append(move_away(tmp_path / "work"))
    assert [(one / "a.sql").read_text() for one in kept if one] == ["one", "two", "three"]
    assert move_away(tmp_path / "work") is None


def test_no_link_is_followed_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (tmp_path / "secret").write_text("s3cret")
    (folder / "a.sql").symlink_to(tmp_path / "secret")
    (folder / "b.sql").symlink_to("/dev/zero")
    for name in ("a.sql", "b.sql"):
        with pytest.raises(SetupError, match="symbolic link"):
            read_work(folder, name)
    assert list(learner_files(folder)) == []


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b" " * (2 << 20))
    with pytest.raises(SetupError, match="bytes"):
        read_work(tmp_path, "a.sql")
