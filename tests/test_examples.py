"""The examples in docstrings are true: doctest runs each module that has some.

`...` in what an example expects is any text, and its blanks may be line breaks.
"""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from medallion.roots import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "plugins" / "medallion"
DOCSITE = PROJECT_ROOT / "docsite"
WITH_EXAMPLES = [
    path
    for folder in (PACKAGE, DOCSITE)
    for path in sorted(folder.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize(
    "path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(PROJECT_ROOT))
)
def test_the_examples_of_a_module_are_true(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = PACKAGE.parent if path.is_relative_to(PACKAGE) else PROJECT_ROOT
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    found = doctest.testmod(
        importlib.import_module(name.removesuffix(".__init__")), optionflags=OPTIONS
    )
    assert found.attempted
    assert not found.failed, capsys.readouterr().out
