"""docs/quickstart.md, typed as it is there: one book is published, one is in quarantine."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.docs.pages import fenced
from tests.steps.kill_matrix_child import PlanRun, run_task
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.cli.__main__ import main
from medallion.local.postgres import EmbeddedPostgres
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

FENCE = re.compile(r"^   ```(csv|yaml|bash)\n(.*?)^   ```", re.DOTALL | re.MULTILINE)


def steps(page: Path) -> dict[str, list[str]]:
    """The examples of the numbered steps, by language."""
    found: dict[str, list[str]] = {}
    for language, text in FENCE.findall(page.read_text(encoding="utf-8")):
        lines = [line.removeprefix("   ") for line in text.splitlines()]
        found.setdefault(language, []).append("\n".join(lines) + "\n")
    return found


@pytest.fixture
def project(tmp_path: Path, embedded_postgres: EmbeddedPostgres) -> Path:
    """An empty one, whose local server is the tests'."""
    (tmp_path / "specs").mkdir()
    (tmp_path / ".medallion").mkdir()
    (tmp_path / ".medallion" / "postgres").symlink_to(embedded_postgres.root)
    return tmp_path


def test_the_quickstart_works_as_it_is_written(
    project: Path, project_root: Path, warehouse_db: str
) -> None:
    examples = steps(project_root / "docs" / "quickstart.md")
    (books,), (check,), (new, _) = examples["csv"], examples["yaml"], examples["bash"]
    command = new.split()
    assert command[:3] == [".venv/bin/python", "-m", "medallion.cli"]
    file = project / command[-1]
    file.parent.mkdir(parents=True)
    file.write_text(books, encoding="utf-8")
    assert main([*command[3:], "--no-preview", "--root", str(project)]) == 0
    spec = project / "specs/library/books.yaml"
    spec.write_text(spec.read_text(encoding="utf-8") + check, encoding="utf-8")
    assert load_all(project, sql_reader(project)).issues == ()
    plan = plan_of("library.books", project)
    run = PlanRun(
        plan=plan,
        run_id="manual__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=project,
        lake_root=project / "lake",
        warehouse_url=warehouse_db,
        connections={},
    )
    for task in plan.tasks:
        run_task(run, task.task_id)
    assert query(warehouse_db, "SELECT titre FROM silver_library.books") == [("La Peste",)]
    held = query(warehouse_db, 'SELECT stage FROM quarantine_silver_library."books"')
    assert held == [("gate",)]


def test_the_french_quickstart_has_the_same_examples(project_root: Path) -> None:
    english, french = (
        project_root / "docs" / name for name in ("quickstart.md", "fr/quickstart.md")
    )
    assert steps(english) == steps(french)
    assert fenced(english, "bash") == fenced(french, "bash")
