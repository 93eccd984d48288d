"""A project whose tables are published into a real warehouse, for what people see of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from airflow.sdk import DAG
from tests.steps.kill_matrix_child import PlanRun as Process

from medallion.airflow.loader import load_dags, plan_of
from medallion.catalogue.declared import Declared, SpecShelf
from medallion.compiler.project import load_project
from medallion.errors import DataRejected
from medallion.names import Layer, PublishedTable
from medallion.operations.freshness import keep_declared
from medallion.steps.run import run_step
from medallion.warehouse.session.transaction import Session, session

SALES = PublishedTable(layer=Layer.SILVER, domain="shop", name="sales")
BUYERS = PublishedTable(layer=Layer.SILVER, domain="shop", name="buyers")
TOTALS = PublishedTable(layer=Layer.GOLD, domain="shop", name="totals")

DOMAIN = """\
description: What the shop sells.
owner: shop-team
contacts: [shop@example.org]
"""
SPEC = """\
description: Sales of the day.
schedule: "@daily"
start_date: 2026-01-01
tags: [retail]
datasets:
  sales:
    description: One row per sale.
    source: {type: file, format: csv, path: include/data/shop/sales.csv}
    silver:
      primary_key: [sale_id]
      freshness: {warn_after: 26h, error_after: 50h}
      guard: {max_shrink_percent: null}
      columns:
        sale_id: {type: bigint, description: The till's number.}
        amount: {type: "decimal(8,2)", nullable: true, unit: EUR}
        email:
          type: text
          nullable: true
          classification: {pii: email, protect: mask}
      checks:
        - between: {column: amount, min_value: 0, on_failure: quarantine}
        - row_count: {min_value: 2}
        - not_null: {column: amount, mostly: 0.9, on_failure: warn}
gold:
  totals:
    description: What was taken.
    sql: totals.sql
    share_with: public
    freshness: {behind_after: 0s}
    columns: {total: {description: What was taken in all., unit: EUR}}
    exposures:
      takings: {type: dashboard, owner: bi-team, url: "https://bi.example.org/takings"}
"""
SQL = "select count(*) as sales, sum(amount) as total from silver_shop.sales"
ROWS = [
    "1,10.00,ada@example.org",
    "2,20.00,bob@example.org",
    "3,-5.00,",
    "4,none,",
    "5,50.00,",
    "6,60.00,",
]
"""3 fails a check, 4 cannot be cast."""
NEXT_DAY = [*(row for row in ROWS if row[0] not in "25"), "5,55.00,eve@example.org", "7,70.00,"]
"""2 is gone, 5 has changed, 7 is new."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The project, and its warehouse."""

    root: Path
    url: str

    def write(self, spec: str = SPEC) -> None:
        """The spec as it is from now on, and as the DAG processor has accepted it."""
        (self.root / "specs/shop/sales.yaml").write_text(spec)
        project = load_project(self.root, until=time.monotonic() + 600)
        assert not project.issues, project.issues
        with session(self.url, "declaring") as connection:
            keep_declared(connection, self.root)

    def run(self, day: int, rows: list[str] | None = None, *only: str) -> str:
        """One day's run; the id of it. A gate that is shut ends it.

        Args:
            only: the tasks to run, by their ids; all of them by default.
        """
        lines = ["sale_id,amount,email", *(ROWS if rows is None else rows)]
        (self.root / "include/data/shop/sales.csv").write_text("\n".join(lines) + "\n")
        run_id = f"scheduled__{day}"
        process = Process(
            plan=plan_of("shop.sales", self.root),
            run_id=run_id,
            interval_end=datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=day),
            project_root=self.root,
            lake_root=self.root / "lake",
            warehouse_url=self.url,
            connections={},
        )
        for task in process.plan.tasks:
            if only and task.task_id not in only:
                continue
            try:
                run_step(task.step, process.context(task.task_id))
            except DataRejected:
                break
        return run_id

    def dag(self) -> DAG:
        """As the DAG processor makes it."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MEDALLION_PROJECT_ROOT", str(self.root))
            return load_dags("shop.sales")["shop.sales"]

    def declared(self) -> Declared:
        """What the accepted specs say."""
        return SpecShelf(self.root).now()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A reading session."""
        with session(self.url, "testing") as opened:
            opened.execute("SET TRANSACTION READ ONLY")
            yield opened


def make_shop(root: Path, url: str) -> Shop:
    """A project without runs."""
    for folder in ("specs/shop", "include/sql/shop", "include/data/shop"):
        (root / folder).mkdir(parents=True)
    (root / "include/sql/shop/totals.sql").write_text(SQL)
    (root / "specs/shop/domain.yaml").write_text(DOMAIN)
    shop = Shop(root=root, url=url)
    shop.write()
    return shop


def two_days(root: Path, url: str) -> Shop:
    """A project of which two days are published."""
    shop = make_shop(root, url)
    shop.run(0)
    shop.run(1, NEXT_DAY)
    return shop
