"""The lesson on YAML shows the message that the product gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.compiler.project import read_project
from medallion.spec.files.excerpts import lines_below
from medallion.spec.messages.report import render

SOLUTION = "course/02-yaml/exercise-1/solution/specs/cinema/brands.yaml"


@pytest.mark.parametrize("page", ["docs/course/02-yaml.md", "docs/fr/course/02-yaml.md"])
def test_the_message_of_lesson_2_is_the_products(
    page: str, project_root: Path, tmp_path: Path
) -> None:
    spec = (project_root / SOLUTION).read_text(encoding="utf-8")
    place = tmp_path / "specs/cinema/brands.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(spec.replace("primary_key:", "primary_keys:"), encoding="utf-8")
    said = render(read_project(tmp_path).issues, lines_below(tmp_path), colour=False)
    assert f"```\n{said}\n```" in (project_root / page).read_text(encoding="utf-8")
