"""docs/finance.md leads to files that are there, and names the pipelines that there are."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.pages import fenced

from medallion.bank.__main__ import main


def test_the_page_leads_to_what_there_is(project_root: Path) -> None:
    page = project_root / "docs" / "finance.md"
    links = re.findall(r"\]\(([^)]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).is_file()] == []
    pipelines = {path.stem for path in (project_root / "specs" / "finance").glob("*.yaml")}
    (drawn,) = fenced(page, "mermaid")
    assert set(re.findall(r"(?<![.\w])[a-z_]+(?= -->)|(?<=--> )\w+", drawn)) == (
        pipelines - {"domain"}
    )


def test_its_commands_are_understood(project_root: Path, tmp_path: Path) -> None:
    page = (project_root / "docs" / "finance.md").read_text()
    commands = re.findall(
        r"^python -m medallion\.bank (.*? files) \S+$|^python -m medallion\.bank (files) ",
        page,
        re.MULTILINE,
    )
    assert len(commands) == 2
    for words in commands:
        folder = str(tmp_path / "mailbox")
        assert main([*"".join(words).split(), folder]) == 0
