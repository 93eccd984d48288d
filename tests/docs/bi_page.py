"""The project that docs/bi.md writes: its spec, its SQL, and a dashboard of all its charts."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

from medallion.sources.base.source import ConnectionDetails

PII = {
    "pii_default": ConnectionDetails(
        conn_id="pii_default", password="the-key-of-the-tests-and-of-nothing-else"
    )
}
"""What the buyers' names are hashed with."""
ALL = "all"
"""The name of that dashboard."""


def write_page_project(project_root: Path, folder: Path) -> None:
    """The examples of the page, as files below a folder."""
    section = page_of(project_root).partition("## Declare\n")[2].partition("\n## ")[0]
    (query,) = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    spec, *charts = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    more = "".join(indent(text, " " * 6) for text in charts)
    written = f"{spec}  {ALL}:\n    title: All of them\n    charts:\n{more}"
    for name, text in (
        ("specs/shop/sales.yaml", written),
        ("include/sql/shop/sales.sql", query),
    ):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)


def commands_of(project_root: Path, verb: str) -> list[str]:
    """What follows `medallion.cli` in the page's commands of a verb, without its remarks."""
    found = re.findall(rf"medallion\.cli ({verb}\b[^\n#`]*)", page_of(project_root))
    return [one.strip() for one in found]


def page_of(project_root: Path) -> str:
    """The page."""
    return (project_root / "docs" / "bi.md").read_text(encoding="utf-8")
