"""A small pipeline whose tables have owners, contacts and readers."""

from __future__ import annotations

from pathlib import Path

from medallion.plan.make import make_plan
from medallion.plan.model import Plan
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader

FILES = {
    "specs/lab/domain.yaml": 'owner: lab-data\ncontacts: [lab@example.org, "#lab"]\n',
    "specs/lab/sales.yaml": """\
description: Sales.
datasets:
  orders:
    source: {type: file, path: include/data/lab/orders.csv}
    silver:
      columns:
        shop: {type: text, lookup: {dataset: shops, key: id, value: name}}
  shops:
    source: {type: file, path: include/data/lab/shops.csv}
    silver: {columns: {id: {type: text}, name: {type: text}}}
gold:
  takings:
    description: Takings a shop.
    sql: takings.sql
    primary_key: [shop]
    exposures:
      board: {owner: bi, url: "https://ana:pw@bi.example.org/board?tab=1&token=s3cr3t"}
      forecast: {type: ml}
""",
    "include/sql/lab/takings.sql": (
        "select o.shop from silver_lab.orders as o join silver_shop.prices as p using (shop)"
    ),
}


def plan_of_lab(root: Path) -> Plan:
    """The plan of the lab's pipeline, whose files are written below the root."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return make_plan(load_spec(root / "specs/lab/sales.yaml", root, sql_reader(root)))
