"""docs/personal-data.md: its spec runs on its file; its table says what the code does."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from tests.steps.kill_matrix_child import PlanRun, run_task
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.cleaning.declared.classification import Pii, Protect
from medallion.sources.base.source import ConnectionDetails
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader

SECRET = "a key of the page, long enough to be one"


def test_the_pages_pipeline_runs_on_the_pages_file(
    project_root: Path, tmp_path: Path, warehouse_db: str
) -> None:
    page = (project_root / "docs" / "personal-data.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(yaml|csv)\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
    files = {
        "specs/shop/customers.yaml": blocks["yaml"],
        "specs/shop/domain.yaml": "pii_conn_id: shop_pii\n",
        "include/data/shop/customers.csv": blocks["csv"],
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert load_all(tmp_path, sql_reader(tmp_path)).issues == ()
    plan = plan_of("shop.customers", tmp_path)
    assert (
        "| `silver_shop.customers` | `born` | Personal data (birth date): not kept. |" in plan.doc
    )
    run = PlanRun(
        plan=plan,
        run_id="manual__1",
        interval_end=datetime(2026, 1, 7, tzinfo=UTC),
        project_root=tmp_path,
        lake_root=tmp_path / "lake",
        warehouse_url=warehouse_db,
        connections={"shop_pii": ConnectionDetails(conn_id="shop_pii", password=SECRET)},
    )
    for task in plan.tasks:
        run_task(run, task.task_id)
    customer = hmac.new(SECRET.encode(), b"amelie@example.org", hashlib.sha256).hexdigest()
    columns = "customer, email, phone, message, birth_year"
    assert query(warehouse_db, f"SELECT {columns} FROM silver_shop.customers") == [
        (customer, "a****@example.org", "****78", "Write to [email]", 1980)
    ]
    assert query(warehouse_db, "SELECT reasons FROM quarantine_silver_shop.customers") == [
        (['born: "[protected]" is not a date like 2026-01-31'],)
    ]
    accounts = (
        "SELECT rows_read, rows_published, rows_quarantined, rows_discarded"
        " FROM medallion.publications"
    )
    assert query(warehouse_db, accounts) == [(3, 1, 1, 1)]
    comment = (
        "SELECT col_description(attrelid, attnum) FROM pg_attribute"
        " WHERE attrelid = 'silver_shop.customers'::regclass AND attname = 'phone'"
    )
    assert query(warehouse_db, comment) == [("Personal data (phone): masked.",)]


def test_the_page_has_every_word(project_root: Path) -> None:
    page = (project_root / "docs" / "personal-data.md").read_text(encoding="utf-8")
    for word in (*get_args(Pii), *Protect):
        assert f"`{word}`" in page
