"""DuckDB without room for its temporary files."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.errors import LakeUnavailable
from medallion.steps.parts import duckdb_engine as clean_engine

SORTED = "SELECT i, repeat('x', 100) || i AS text FROM range(500000) AS r (i) ORDER BY hash(i)"


def test_a_full_disk_for_temporary_files_is_not_taken_for_too_little_memory(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(clean_engine.MEMORY, "30MB")
    monkeypatch.setenv(clean_engine.THREADS, "1")
    part = small_disk / "part.csv"
    part.touch()
    with (
        pytest.raises(LakeUnavailable, match="failed to offload data block") as full,
        clean_engine.engine(part, small_disk, {}) as connection,
    ):
        list(clean_engine.stream(connection, SORTED))
    assert full.value.retryable
    assert "make room in" in full.value.remedy
