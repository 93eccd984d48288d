"""docs/security.md and docs/reliability.md name a test for each row, and it is there."""

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


@pytest.mark.parametrize(("page", "below"), [("security", "tests"), ("reliability", ".")])
def test_every_test_that_the_page_names_is_there(page: str, below: str, project_root: Path) -> None:
    """`…` is the file before; a bare name is in the folder of the one before."""
    found = list(rows(project_root / "docs" / f"{page}.md"))
    assert len(found) > 25
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
