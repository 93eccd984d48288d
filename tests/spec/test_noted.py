"""What is not wrong and worth a word: each project of `noted_projects/` says it in its .txt file.

Run with MEDALLION_WRITE_GOLDEN=1 to write that, and read it before it is committed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.spec.noted import find_all_notes

HERE = Path(__file__).parent
PROJECTS = sorted(path for path in (HERE / "noted_projects").iterdir() if path.is_dir())


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_what_is_worth_a_word_is_noted(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    noted = "".join(f"{issue.one_line()}\n" for issue in find_all_notes(tmp_path))
    golden = project.with_suffix(".txt")
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        golden.write_text(noted, encoding="utf-8")
    assert noted == golden.read_text(encoding="utf-8")
    assert noted
