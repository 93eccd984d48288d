"""What every test of a command starts from and leaves behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from medallion.local.postgres import EmbeddedPostgres


@pytest.fixture(autouse=True)
def _environment_as_at_first() -> Iterator[None]:
    """A command of the command line sets the environment of the local stack, and later tests of the
    same process would work on it."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def project(tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Path:
    """A project without specs, beside the PostgreSQL of the tests."""
    (tmp_path / "specs").mkdir()
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return tmp_path
