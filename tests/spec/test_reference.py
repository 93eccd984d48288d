"""docs/spec.md is in step with the models, and its example is a valid spec."""

from __future__ import annotations

import re
from pathlib import Path

from medallion.spec.load.specs import load_all
from medallion.spec.reference import with_reference
from medallion.spec.sql.reader import sql_reader


def test_the_page_is_what_the_models_give(project_root: Path) -> None:
    page = (project_root / "docs" / "spec.md").read_text(encoding="utf-8")
    assert page == with_reference(page), "run: python -m medallion.spec.reference"


def test_the_example_of_the_page_is_valid(project_root: Path, tmp_path: Path) -> None:
    page = (project_root / "docs" / "spec.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert found
    files = {
        "specs/cinema/films.yaml": found[1],
        "include/sql/cinema/titles.sql": "select distinct title from silver_cinema.movies",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    report = load_all(tmp_path, sql_reader(tmp_path))
    assert report.issues == ()
    assert len(report.specs) == 1
