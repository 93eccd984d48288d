"""docs/retention.md: its specs are valid, their documentation says so, and it is kept to."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.steps.kill_matrix_child import PlanRun
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.airflow.maintenance_dag import DAG_ID
from medallion.operations.maintenance import maintain
from medallion.operations.surroundings import Surroundings
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.steps.run import run_step


@pytest.fixture
def page(project_root: Path) -> str:
    return (project_root / "docs" / "retention.md").read_text(encoding="utf-8")


@pytest.fixture
def shop(page: str, tmp_path: Path) -> Path:
    pipeline, domain = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "specs/shop").mkdir(parents=True)
    (tmp_path / "include/data/shop").mkdir(parents=True)
    (tmp_path / "specs/shop/customers.yaml").write_text(pipeline)
    (tmp_path / "specs/shop/domain.yaml").write_text(domain)
    (tmp_path / "include/data/shop/customers.csv").write_text("customer_id,country\n1,fr\nx,fr\n")
    return tmp_path


def test_the_documentation_of_the_pipeline_says_what_is_kept(shop: Path) -> None:
    assert load_all(shop, sql_reader(shop)).issues == ()
    assert (
        "| `silver_shop.customers` | The shop's own export, with names and addresses of customers. "
        "| shop-data, data-protection | 400 days | 90 days |"
    ) in plan_of("shop.customers", shop).doc


@pytest.mark.parametrize(("days", "kept"), [(401, 0), (399, 1)])
def test_a_landing_is_kept_as_long_as_it_says(
    page: str, shop: Path, warehouse_db: str, days: int, kept: int
) -> None:
    run = PlanRun(
        plan=plan_of("shop.customers", shop),
        run_id="scheduled__1",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=shop,
        lake_root=shop / "lake",
        warehouse_url=warehouse_db,
        connections={},
    )
    for task in run.plan.tasks:
        run_step(task.step, run.context(task.task_id))
    with psycopg.connect(warehouse_db) as connection:
        connection.execute(
            "UPDATE medallion.loads SET extracted_at = extracted_at - %s", [timedelta(days=days)]
        )
    surroundings = Surroundings(
        project_root=shop,
        lake_root=str(shop / "lake"),
        warehouse_url=warehouse_db,
        connection={}.__getitem__,
        log=logging.getLogger("medallion.test"),
    )
    assert maintain("shop", surroundings).problems == ()
    assert len(list((shop / "lake").rglob("manifest.json"))) == kept
    (lineage,) = re.findall(r"^```sql\n(.*?);\n```", page, re.DOTALL | re.MULTILINE)
    ((customer, run_id, _, deleted_at),) = query(warehouse_db, lineage)
    assert (customer, run_id, deleted_at is None) == (1, "scheduled__1", bool(kept))
    in_quarantine = "SELECT count(*) FROM quarantine_silver_shop.customers"
    assert query(warehouse_db, in_quarantine) == [(kept,)]


def test_the_page_names_the_dag(page: str) -> None:
    assert f"## The DAG `{DAG_ID}`" in page
