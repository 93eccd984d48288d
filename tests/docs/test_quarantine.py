"""docs/quarantine.md: its spec quarantines two rows, and its fixed spec replays them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.steps.kill_matrix_child import PlanRun
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.cli.surroundings import surroundings
from medallion.names import Layer, PublishedTable
from medallion.operations.replay_quarantine import Verdict, replay
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.steps.run import run_step
from medallion.warehouse.quarantine import rows as quarantine
from medallion.warehouse.session.statements import statements

SALES = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")


@pytest.fixture
def page(project_root: Path) -> str:
    return (project_root / "docs" / "quarantine.md").read_text(encoding="utf-8")


def fenced(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def test_the_pipeline_sets_rows_aside_and_the_fixed_one_replays_them(
    page: str, tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, fixed = fenced(page, "yaml")[:2]
    (tmp_path / "specs/shop").mkdir(parents=True)
    (tmp_path / "include/data/shop").mkdir(parents=True)
    (tmp_path / "include/data/shop/sales.csv").write_text(fenced(page, "csv")[0])
    spec = tmp_path / "specs/shop/sales.yaml"
    spec.write_text(whole)
    assert load_all(tmp_path, sql_reader(tmp_path)).issues == ()
    run = PlanRun(
        plan=plan_of("shop.sales", tmp_path),
        run_id="scheduled__2026-01-02T00:00:00+00:00",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=tmp_path,
        lake_root=tmp_path / "lake",
        warehouse_url=warehouse_db,
        connections={},
    )
    for task in run.plan.tasks:
        run_step(task.step, run.context(task.task_id))
    published = "SELECT receipt, total::text FROM silver_shop.sales ORDER BY 1"
    assert query(warehouse_db, published) == [(1, "10.00"), (4, "40.00")]

    first, _, last = fixed.splitlines()
    lines = whole.splitlines()
    changed = {"total:": first, "- between": last}
    for number, line in enumerate(lines):
        for start, new in changed.items():
            if line.strip().startswith(start):
                lines[number] = new
    spec.write_text("\n".join(lines) + "\n")
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("MEDALLION_LAKE_ROOT", str(tmp_path / "lake"))
    (replayed,) = replay(SALES, surroundings(), run.run_id)
    assert (replayed.verdict, replayed.left, replayed.still_open) == (Verdict.REPLAYED, 2, 0)
    assert query(warehouse_db, published) == [
        (1, "10.00"),
        (2, "20.00"),
        (3, "-5.00"),
        (4, "40.00"),
    ]


def test_the_columns_are_the_tables(page: str) -> None:
    section = page.partition("\n| column | |\n")[2].partition("\n\n")[0]
    reported = set(
        re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in section.splitlines()))
    )
    created = statements(quarantine.SQL)["create"].as_string()
    made = set(re.findall(r"^    (\w+) ", created, re.MULTILINE))
    assert reported == made - {"quarantine_id"}
