"""A shop whose sales of each day are published: into silver, and summed up in gold."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.steps.kill_matrix_child import PlanRun

from medallion.airflow.loader import plan_of
from medallion.names import run_key
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import PlannedTask
from medallion.steps.run import run_step

SPEC = """\
description: Sales of the day.
datasets:
  sales:
    source: {type: file, format: csv, path: include/data/shop/sales.csv}
    silver:
      primary_key: [sale_id]
      write_disposition: merge
      columns:
        sale_id: {type: bigint}
        amount: {type: "decimal(8,2)"}
      checks:
        - between: {column: amount, min_value: 0}
gold:
  totals: {sql: totals.sql}
"""
DAG_ID = "shop.sales"
SOURCE = "include/data/shop/sales.csv"
SALES = "SELECT sale_id, amount::text FROM silver_shop.sales ORDER BY 1"
TOTALS = "SELECT total::text FROM gold_shop.totals"


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The project, its lake below it, and the warehouse that its days are published into."""

    root: Path
    url: str

    @classmethod
    def make(cls, root: Path, url: str) -> Shop:
        for folder in ("specs/shop", "include/sql/shop", "include/data/shop"):
            (root / folder).mkdir(parents=True)
        (root / "specs/shop/sales.yaml").write_text(SPEC)
        (root / "include/sql/shop/totals.sql").write_text(
            "select sum(amount) as total from silver_shop.sales"
        )
        return cls(root=root, url=url)

    def run_day(self, day: int, rows: str, *, until: str = "", run_id: str = "") -> None:
        """The run of a day, whose file has these rows; up to a task, all of it by default."""
        (self.root / SOURCE).write_text(f"sale_id,amount\n{rows}")
        for task in self.tasks(day):
            self.run_task(task, day, run_id=run_id)
            if task.task_id == until:
                break

    def run_task(self, task: PlannedTask, day: int, *, run_id: str = "") -> None:
        """One task, as Airflow runs it: also with what has to be staged again before it."""
        run = self.run_of(day, run_id)
        run_step(task.step, run.context(task.task_id), run.plan.before()[task.task_id])

    def run_of(self, day: int, run_id: str = "") -> PlanRun:
        return PlanRun(
            plan=plan_of(DAG_ID, self.root),
            run_id=run_id or f"scheduled__{day}",
            interval_end=datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=day),
            project_root=self.root,
            lake_root=self.root / "lake",
            warehouse_url=self.url,
            connections={},
        )

    def tasks(self, day: int, after: str = "") -> Iterator[PlannedTask]:
        """Those of a run, in order; after one of them, or all."""
        tasks = self.run_of(day).plan.tasks
        names = [task.task_id for task in tasks]
        yield from tasks[names.index(after) + 1 if after else 0 :]

    def landing(self, run_id: str) -> Path:
        """The folder that a run has landed in."""
        (found,) = (self.root / "lake/bronze").rglob(f"{run_key(DAG_ID, run_id)}-*")
        return found

    def surroundings(self) -> Surroundings:
        return Surroundings(
            project_root=self.root,
            lake_root=str(self.root / "lake"),
            warehouse_url=self.url,
            connection={}.__getitem__,
            log=logging.getLogger("medallion"),
        )
