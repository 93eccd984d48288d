"""A domain whose spec is a file and whose pipeline is run, from landing to publication.

What Superset shows of it follows from that alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import psycopg
from tests.bi.live.bazaar import Bazaar
from tests.steps.kill_matrix_child import PlanRun

from medallion.plan.column_uses import BiReaders
from medallion.plan.make import make_plan
from medallion.plan.model import Plan
from medallion.spec.load.specs import load_all
from medallion.spec.sql.reader import sql_reader
from medallion.steps.run import run_step
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.declared_tables import declare

HEADER = "day,shop,country,amount"
SPEC = """\
description: What the market takes.
owner: market-data
schedule: "@daily"
start_date: 2026-01-01
datasets:
  orders:
    source: {{type: file, format: csv, path: include/data/{name}/orders.csv}}
    silver:
      write_disposition: replace
      guard: {{max_shrink_percent: null}}
      columns:
        day: {{type: date}}
        shop: {{type: text}}
        country: {{type: text}}
        amount: {{type: "decimal(12,2)"}}
gold:
  sales:
    description: One row per shop.
    sql: sales.sql
    grants: [bi_reader]
    freshness: {{warn_after: 2d}}
    breaking_change: {breaking_change}
    guard: {{max_shrink_percent: null}}
    certified: true
    time_column: day
    dimensions: {{shop: Shop}}
    metrics:
      takings: {{expression: sum(amount), label: Takings, format: ",.0f", unit: EUR}}
    checks:
      - between: {{column: amount, min_value: 0}}
dashboards:
  sales:
    title: The market
    charts:
      takings: {{type: big_number, title: Takings, table: sales, metric: takings}}
      shops: {{type: bar, title: Shops, table: sales, x_axis: shop, metrics: [takings]}}
"""
SQL = "select {columns}{more}, sum(amount) as amount from silver_{name}.orders group by {columns}"


@dataclass
class Market(Bazaar):
    """The domain `<name>`: a file of orders, and the gold table `sales` made of them."""

    columns: str = "day, shop, country"
    """What `sales` is grouped by."""
    more: str = ""
    """What it has besides that and the amount."""
    breaking_change: str = "refuse"
    runs: int = 0

    def open(self) -> None:
        """Make the registry and the folders; nothing is published."""
        with psycopg.connect(self.url) as connection:
            registry.ensure(connection)
        for folder in ("specs", "include/sql", "include/data"):
            (self.root / folder / self.name).mkdir(parents=True)

    def plan(self) -> Plan:
        """Of the spec as it is in its file."""
        files = {
            f"specs/{self.name}/all.yaml": SPEC.format(
                name=self.name, breaking_change=self.breaking_change
            ),
            f"include/sql/{self.name}/sales.sql": SQL.format(
                name=self.name, columns=self.columns, more=self.more
            ),
        }
        for path, text in files.items():
            (self.root / path).write_text(text)
        report = load_all(self.root, sql_reader(self.root))
        assert report.issues == ()
        return make_plan(report.specs[0])

    def run(self, *rows: str) -> None:
        """A run of the whole pipeline over a file with these rows; it ends with the step that
        fails.

        Raises:
            MedallionError: what that step says.
        """
        text = "\n".join([HEADER, *rows]) + "\n"
        (self.root / f"include/data/{self.name}/orders.csv").write_text(text)
        self.runs += 1
        plan = self.plan()
        with psycopg.connect(self.url) as connection:
            declare(connection, plan, plan.digest)
        process = PlanRun(
            plan=plan,
            run_id=f"scheduled__{self.runs}",
            interval_end=datetime.now(UTC) - timedelta(minutes=30),
            project_root=self.root,
            lake_root=self.root / "lake",
            warehouse_url=self.url,
            connections={},
        )
        bi = BiReaders(dataset=plan.bi_tables[0], dashboards=plan.dashboards)
        for task in plan.tasks:
            context = replace(process.context(task.task_id), bi_readers=lambda _: bi)
            run_step(task.step, context)
