"""`new` on each file of include/data: its spec passes a preview, and has the types of the shipped
spec that a person wrote."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from medallion.cli.__main__ import main
from medallion.compiler.single import plan_of_pipeline
from medallion.local.postgres import EmbeddedPostgres
from medallion.plan.model import CleanStep

FILES = {
    "cinema/title_aliases.csv": ("cinema.box_office", "title_aliases"),
    "cinema/brands.csv": ("cinema.box_office", "brands"),
    "cinema/tmdb_films.jsonl": ("cinema.box_office", "movies"),
    "finance/transactions/*.csv": ("finance.banking", "transactions"),
}


def test_all_files_are_looked_at(project_root: Path) -> None:
    data = project_root / "include/data"
    files = {path for path in data.rglob("*") if path.is_file() and path.name != "README.md"}
    assert files == {path for pattern in FILES for path in data.glob(pattern)}


@pytest.fixture
def project(tmp_path: Path, project_root: Path, embedded_postgres: EmbeddedPostgres) -> Path:
    (tmp_path / "specs").mkdir()
    shutil.copytree(project_root / "include/data", tmp_path / "include/data")
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return tmp_path


@pytest.mark.parametrize("pattern", FILES)
def test_the_types_are_those_of_the_spec_that_a_person_wrote(
    project: Path,
    project_root: Path,
    warehouse_db: str,
    capsys: pytest.CaptureFixture[str],
    pattern: str,
) -> None:
    domain = pattern.partition("/")[0]
    words = ["new", f"{domain}/x", f"include/data/{pattern}", "--timezone", "Europe/Paris"]
    with patch.dict(os.environ, {"MEDALLION_WAREHOUSE_URL": warehouse_db}):
        assert main([*words, "--root", str(project)]) == 0, capsys.readouterr()
    assert "would be published" in (shown := capsys.readouterr().out)
    assert "ot be published" not in shown
    found = types_of(f"{domain}.x", "x", project)
    shipped = types_of(*FILES[pattern], project_root)
    assert shipped
    assert found | shipped == found


def types_of(dag_id: str, dataset: str, root: Path) -> dict[str, str]:
    """The type of each field; not of those whose value a column does not take as it is."""
    steps = [task.step for task in plan_of_pipeline(dag_id, root).tasks]
    (step,) = (one for one in steps if isinstance(one, CleanStep) and one.table.name == dataset)
    return {
        column.reads(name)[0]: column.type
        for name, column in step.columns.items()
        if column.expression is None and column.lookup is None
    }
