"""One repository that the tests of a module share, and the base of its branch, compiled once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.workbench.comparison.repository import make_repository

from medallion.compiler.guard import share_guard
from medallion.workbench.comparison.commit_files import base_of
from medallion.workbench.comparison.sides import Side, read_side


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped specs in a commit; a test leaves its working tree as it was."""
    return make_repository(tmp_path_factory.mktemp("repository") / "project")


@pytest.fixture(scope="session")
def before(repository: Path) -> Iterator[Side]:
    """The commit itself."""
    with base_of(repository, "main") as base:
        store = base.root.parent / "compiled"
        like = read_side(repository)
        yield read_side(base.root, share_guard(), like=like, store=store)
