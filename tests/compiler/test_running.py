"""What specs that run declare, asked without reading a spec."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from medallion.compiler.project import load_project
from medallion.compiler.running import running_bi, running_boards
from medallion.names import TableName
from medallion.plan.asset_facts import read_facts

SALES = TableName("gold_shop", "sales")
FILES = {
    "specs/shop/sales.yaml": """\
description: Sales.
owner: shop-data
gold:
  sales:
    sql: sales.sql
    share_with: public
    metrics: {takings: sum(amount)}
    dimensions: {year: {expression: extract(year from day)}}
dashboards:
  own:
    title: Own
    charts: {rows: {type: table, title: Rows, table: sales, columns: [shop]}}
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {day: {type: date}, shop: {type: text}, amount: {type: double}}}
""",
    "specs/head/office.yaml": """\
description: The head office looks at it, too.
owner: head-office
gold:
  other: {sql: other.sql, metrics: {rows: count(*)}}
dashboards:
  own:
    title: Theirs
    charts:
      takings: {type: big_number, title: Takings, table: gold_shop.sales, metric: takings}
  other:
    title: Other
    charts: {rows: {type: big_number, title: Rows, table: other, metric: rows}}
""",
    "include/sql/shop/sales.sql": "select day, shop, amount from silver_shop.orders",
    "include/sql/head/other.sql": "select shop from gold_shop.sales",
}


def test_a_table_knows_the_dashboards_that_other_specs_declare(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert running_boards(tmp_path, SALES) == (), "nothing was accepted yet"
    project = load_project(tmp_path, until=time.monotonic() + 60)
    assert project.issues == ()

    assert [(one["name"], one["owner"]) for one in facts(project.assets, SALES)] == [
        ("own", "shop-data"),
        ("head-own", "head-office"),
    ]
    other = TableName("gold_head", "other")
    assert [one["name"] for one in facts(project.assets, other)] == ["other"]
    boards = running_boards(tmp_path, SALES)
    assert sorted(one.slug for one in boards) == ["head-own", "shop-own"]

    bi = running_bi(tmp_path, SALES)
    assert [(one.slug, parts) for one, parts in bi.dashboards_with(SALES, ["amount"])] == [
        ("head-own", "chart Takings")
    ]
    assert [(one.slug, parts) for one, parts in bi.dashboards_with(SALES, ["shop"])] == [
        ("shop-own", "chart Rows")
    ]
    assert bi.metrics_of(["amount"]) == ["takings"]
    assert running_bi(tmp_path, TableName("gold_shop", "unknown")).dashboards == ()


def facts(assets: Mapping[str, str], table: TableName) -> list[dict[str, str]]:
    exposures: list[dict[str, str]] = read_facts(assets[str(table)])["exposures"]
    return exposures
