"""The README's first pipeline, typed as it stands there, ends in a gold table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.steps.kill_matrix_child import PlanRun, run_task
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

FENCES = re.compile(r"```(csv|yaml|sql)\n(.*?)```", re.DOTALL)
FILES = {
    "csv": "include/data/library/books.csv",
    "yaml": "specs/library/catalogue.yaml",
    "sql": "include/sql/library/books_by_decade.sql",
}


@pytest.fixture
def library(project_root: Path, tmp_path: Path) -> Path:
    """What a reader has after the three steps."""
    readme = (project_root / "README.md").read_text()
    for language, text in FENCES.findall(readme):
        assert FILES[language] in readme, "the README says where the file goes"
        path = tmp_path / FILES[language]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line.removeprefix("   ") for line in text.splitlines()) + "\n")
    return tmp_path


def test_the_first_pipeline_works_as_it_is_written(library: Path, warehouse_db: str) -> None:
    assert load_all(library, sql_reader(library)).issues == ()
    plan = plan_of("library.catalogue", library)
    run = PlanRun(
        plan=plan,
        run_id="manual__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=library,
        lake_root=library / "lake",
        warehouse_url=warehouse_db,
        connections={},
    )
    for task in plan.tasks:
        run_task(run, task.task_id)
    books = query(
        warehouse_db,
        "SELECT isbn, title, price::text, published::text FROM silver_library.books ORDER BY 1",
    )
    assert books == [
        ("9782070360024", "L'Étranger", "7.50", "1942-05-19"),
        ("9782070368228", "La Peste", "9.20", "1947-06-10"),
    ]
    gold = query(warehouse_db, "SELECT * FROM gold_library.books_by_decade")
    assert [(row[0], row[1]) for row in gold] == [(1940, 2)]


def test_every_file_that_the_documents_point_to_is_there(project_root: Path) -> None:
    pages = [project_root / "README.md", project_root / "CONTRIBUTING.md"]
    pages += sorted((project_root / "docs").glob("*.md"))
    missing = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert missing == []


def test_a_command_finds_medallion_in_any_terminal(project_root: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    shown = subprocess.run(
        [sys.executable, "-m", "medallion.cli", "--help"],
        check=True,
        env=environment,
        cwd=project_root,
        capture_output=True,
        text=True,
    )
    assert "validate" in shown.stdout
