"""The projects whose peaks of memory are measured are valid, and bring the rows that they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from bench.sides.path_step import _read_plan, _write
from bench.workspace import Workspace

from bench import shapes

Files = Callable[[Workspace], Mapping[str, Any]]
PROJECTS: dict[str, Files] = {
    **{
        name: lambda workspace, name=name: shapes.disposition_files(workspace, name, 10)
        for name in shapes.DISPOSITIONS
    },
    **{
        name: lambda workspace, name=name: shapes.format_files(workspace, name, 2)
        for name in shapes.FORMATS
    },
    "rest": lambda workspace: shapes.rest_files(),
}


def test_each_claim_has_its_project() -> None:
    assert [claim.name for claim in shapes.CLAIMS] == [f"shapes.{name}" for name in PROJECTS]


@pytest.mark.parametrize("name", PROJECTS)
def test_the_specs_are_valid(name: str, tmp_path: Path) -> None:
    files = PROJECTS[name](Workspace(folder=tmp_path))
    root = tmp_path / "data"
    _write(root, dict(files))
    steps = [task.task_id.rpartition(".")[2] for task in _read_plan(root).tasks]
    assert steps == [
        "land", "gate_bronze", "clean", "gate_silver", "publish", "build", "gate", "publish",
    ]  # fmt: skip


def test_the_second_file_changes_half_of_the_rows(tmp_path: Path) -> None:
    import duckdb

    folder = tmp_path / "data" / "include" / "data" / "bench"
    for name, numbers, changed in (("merge", 10, 5), ("append", 20, 0)):
        shapes.disposition_files(Workspace(folder=tmp_path), name, 10)
        before, after = (folder / f"grown_2026-01-0{day}.csv" for day in (1, 2))
        query = (
            f'SELECT count(DISTINCT coalesce(a."Order", b."Order")),'
            f' count(*) FILTER (WHERE a."Quantity" <> b."Quantity")'
            f" FROM '{before}' AS a FULL JOIN '{after}' AS b USING (\"Order\")"
        )
        assert duckdb.sql(query).fetchall() == [(numbers, changed)]
