"""docs/reliability.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_test_that_the_page_names_is_there(project_root: Path) -> None:
    page = (project_root / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and "test |" not in line]
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)`", row.rsplit("|", 2)[1])
        assert named, row
        folder = project_root
        for name in named:
            path = folder / name if (folder / name).exists() else project_root / name
            assert path.exists(), f"{name} is not there: {row}"
            folder = path.parent
