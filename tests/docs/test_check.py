"""docs/check.md: its examples are what the commands print."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.docs.pages import fenced
from tests.workbench.comparison.cases import EDITS
from tests.workbench.comparison.repository import edited, git, make_repository

from medallion.cli.__main__ import main


def test_the_page_shows_what_the_commands_print(
    project_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checked, lineage = fenced(project_root / "docs" / "check.md", "text")
    repository = make_repository(tmp_path / "project")
    asked = ["lineage", "silver_cinema.movies", "--column", "overview", "--downstream"]
    assert main([*asked, "--root", str(repository)]) == 0
    assert capsys.readouterr().out == lineage
    with edited(repository, *EDITS["a column is renamed that another domain reads"]):
        assert main(["check", "--base", "main", "--root", str(repository)]) == 1
    base = git(repository, "rev-parse", "HEAD")[:10]
    assert capsys.readouterr().out.replace(base, "0123456789") == checked
