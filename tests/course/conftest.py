"""A project with the shipped data and the course, on the tests' server, and a learner's desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.course.attempt import Desk
from medallion.local.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def learning_project(
    project_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    embedded_postgres: EmbeddedPostgres,
) -> Path:
    """Its practice tables are made once for all tests of a worker."""
    root = tmp_path_factory.mktemp("learning")
    for name in ("specs", "include", "course", "docs"):
        (root / name).symlink_to(project_root / name)
    (root / ".medallion").mkdir()
    (root / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return root


@pytest.fixture
def desk(learning_project: Path, tmp_path: Path) -> Desk:
    return Desk.of(learning_project, tmp_path / "learn", lambda text: None)
