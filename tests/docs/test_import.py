"""docs/import.md: its input becomes what it shows, and its table is the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import fenced

from medallion.cli.__main__ import main
from medallion.workbench.imports.base.yaml_values import MAX_DEPTH, MOST_VALUES
from medallion.workbench.imports.table import IMPORTERS


def test_the_example_is_what_import_writes(
    project_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = project_root / "docs" / "import.md"
    given, written = fenced(page)
    (tmp_path / "specs").mkdir()
    (tmp_path / "tickets.yaml").write_text(given)
    words = ["import", "shop/tickets", str(tmp_path / "tickets.yaml"), "--root", str(tmp_path)]
    assert main(words) == 0
    assert (tmp_path / "specs/shop/tickets.yaml").read_text() == written
    assert f"```\n{capsys.readouterr().out}```\n" in page.read_text(encoding="utf-8")


def test_the_table_has_every_kind(project_root: Path) -> None:
    page = (project_root / "docs" / "import.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| an? |\| dbt", line)]
    assert len(rows) == len(IMPORTERS)
    for importer in IMPORTERS.values():
        assert any(importer.what.split()[0] in row for row in rows)
    assert (MAX_DEPTH, MOST_VALUES) == (64, 1_000_000)
    assert "64 levels, and a million values" in page
