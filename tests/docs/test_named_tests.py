"""docs/security.md, docs/reliability.md and docs/erasure.md name a test for each row."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_NAMED = re.compile(r"`([\w/…]+(?:\.py|\.yaml|\.sql|/)?(?:::\w+)?)`")


def rows(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Each row of the tables that name tests, with the names in its last cell."""
    named = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            named = False
        elif line.rstrip(" |").endswith("test") or line.rstrip(" |").endswith("proves it"):
            named = True
        elif named and not line.startswith("|---"):
            yield line, _NAMED.findall(line.rsplit("|", 2)[1])


def functions(path: Path) -> set[str]:
    """The tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("page", "below", "least"),
    [("security", "tests", 26), ("reliability", ".", 26), ("erasure", "tests", 21)],
)
def test_every_test_that_the_page_names_is_there(
    page: str, below: str, least: int, project_root: Path
) -> None:
    """`…` is the file before; a bare name is in the folder of the one before."""
    found = list(rows(project_root / "docs" / f"{page}.md"))
    assert len(found) >= least
    for row, names in found:
        assert names, row
        path = root = project_root / below
        for name in names:
            file, _, function = name.partition("::")
            if file != "…":
                beside = path.parent / file
                path = root / file if (root / file).exists() else beside
            assert path.exists(), f"{name} is not there: {row}"
            assert not function or function in functions(path), f"{name} is not there: {row}"


@pytest.mark.parametrize("page", ["erasure.md", "fr/erasure.md"])
def test_no_table_of_the_page_of_erasure_is_without_tests(page: str, project_root: Path) -> None:
    """A place where a person may be is a row; and no row comes without what shows it."""
    text = (project_root / "docs" / page).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    tables = sum(line.startswith("|---") for line in lines)
    found = list(rows(project_root / "docs" / page))
    assert len(found) == len(lines) - 2 * tables
    assert [row for row, names in found if not names] == []
    english = rows(project_root / "docs" / "erasure.md")
    assert [names for _, names in found] == [names for _, names in english]
