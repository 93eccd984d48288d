"""The longest names and texts that a spec may have fit into Superset's columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.bi.assets import shop

from medallion.bi.assets.generate import generate
from medallion.bi.assets.inputs import DeclaredDashboard, DeclaredTable, WarehouseColumn
from medallion.bi.assets.problems import problems
from medallion.bi.sync.row_filters import WantedRule
from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader

NAME, COLUMN, LABEL, UNIT, FORMAT, ROLE = 40, 63, 250, 40, 100, 64
SUPERSET = {
    "dashboard_title": 500,
    "slug": 255,
    "slice_name": 250,
    "table_name": 250,
    "schema": 255,
    "main_dttm_col": 250,
    "column_name": 255,
    "metric_name": 255,
    "verbose_name": 1024,
    "d3format": 128,
}
"""Characters of its columns, 6.1; what is not here is TEXT there."""
RULE, GROUP_KEY, SUPERSETS_ROLE = 255, 255, 64


def long(letter: str, length: int) -> str:
    return letter * length


@pytest.fixture
def root(tmp_path: Path) -> Path:
    domain, table, metric = long("d", NAME), long("t", NAME), long("m", NAME)
    column, label, unit = long("c", COLUMN), long("L", LABEL), long("U", UNIT)
    number = f"{'0' * (FORMAT - 1)}f"
    spec = f"""\
description: The longest of all.
datasets:
  a:
    source: {{type: file, path: include/data/{domain}/a.csv}}
    silver: {{columns: {{day: {{type: date}}}}}}
gold:
  {table}:
    sql: a.sql
    metrics: {{{metric}: {{expression: count(*), label: {label}, unit: {unit}, format: {number}}}}}
    dimensions: {{{column}: {{label: {label[:-1]}, unit: {unit}}}}}
    time_column: {column}
    certified: {{certified_by: {label}}}
    row_filters:
      {long("r", NAME)}: {{roles: [{long("R", ROLE)}], clause: "true", group_key: {label}}}
dashboards:
  {long("b", NAME)}:
    title: {label}
    roles: [{long("R", ROLE)}]
    charts:
      {long("k", NAME)}: {{type: big_number, title: {label}, table: {table}, metric: {metric}}}
"""
    (tmp_path / f"specs/{domain}").mkdir(parents=True)
    (tmp_path / f"specs/{domain}/p.yaml").write_text(spec)
    (tmp_path / f"include/sql/{domain}").mkdir(parents=True)
    sql = f"select day as {column} from silver_{domain}.a"
    (tmp_path / f"include/sql/{domain}/a.sql").write_text(sql)
    return tmp_path


def test_the_longest_of_all_fits(root: Path) -> None:
    (path,) = root.glob("specs/*/*.yaml")
    plan = make_plan(load_spec(path, root, sql_reader(root)))
    columns = (WarehouseColumn(name=long("c", COLUMN), type="date"),)
    tables = [DeclaredTable(table=one, columns=columns) for one in plan.bi_tables]
    boards = [DeclaredDashboard(dashboard=one) for one in plan.dashboards]
    assets = generate(shop.WAREHOUSE, tables, boards)
    assert problems(assets.files) == ()
    longest: dict[str, int] = {}
    documents: list[Any] = list(assets.files.values())
    for document in documents:
        for part in (document, *document.get("columns", ()), *document.get("metrics", ())):
            for key in SUPERSET.keys() & part.keys():
                longest[key] = max(longest.get(key, 0), len(str(part[key])))
    assert longest.keys() == SUPERSET.keys()
    assert {key: size for key, size in longest.items() if size > SUPERSET[key]} == {}
    ((declared,),) = assets.row_filters.values()
    table = str(plan.bi_tables[0].table)
    rule = WantedRule(dataset_uuid="", table=table, spec="", declared=declared, dataset_id=1).rule
    assert len(rule.name) <= RULE and len(rule.group_key) <= GROUP_KEY
    assert all(len(role) <= SUPERSETS_ROLE for role in declared.roles)


def test_no_two_charts_share_a_file() -> None:
    (board,) = shop.dashboards()[:1]
    one, two = board.dashboard.charts[:2]
    boards = [
        replace(board, dashboard=replace(board.dashboard, name=name, charts=(chart,), rows=()))
        for name, chart in (
            ("sales", replace(one, name="day_top")),
            ("sales_day", replace(two, name="top")),
        )
    ]
    assets = generate(shop.WAREHOUSE, shop.tables(), boards)
    paths = [asset.path for asset in assets.assets]
    assert len(paths) == len(set(paths))
