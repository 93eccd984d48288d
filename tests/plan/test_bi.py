"""What a spec declares for the BI team, in its plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from medallion.compiler.codec import decode, encode
from medallion.names import TableName
from medallion.plan.asset_facts import asset_facts
from medallion.plan.bi import BiTable, ChartSort, DashboardFilter, LayoutItem
from medallion.plan.make import make_plan
from medallion.plan.model import Plan, PublishStep
from medallion.plan.protection import add_protected
from medallion.plan.tasks import exposures_of
from medallion.roots import SUPERSET_URL, dashboard_url
from medallion.spec.load.specs import load_all
from medallion.spec.models.pipeline import ExposureSpec
from medallion.spec.sql.reader import sql_reader

SALES = TableName("gold_shop", "sales")
SPEC = """\
description: Sales.
owner: shop-data
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver:
      columns:
        day: {type: date}
        shop: {type: text}
        buyer: {type: text, classification: {pii: name, protect: hash}}
        amount: {type: double}
gold:
  sales:
    description: One row per day, shop and buyer.
    sql: sales.sql
    columns:
      shop: Where it was sold.
      amount: {description: What was taken., unit: EUR}
    metrics:
      takings: {expression: sum(amount), label: Takings, format: ",.0f", unit: EUR}
      sales: count(*)
    dimensions:
      shop: Shop
      year: {label: Year, expression: extract(year from day)}
    time_column: day
    certified: true
    row_filters:
      own_shop: {roles: [Shop], clause: "shop = 'North'", group_key: shop}
  stock:
    sql: stock.sql
dashboards:
  sales:
    title: Sales
    certified: {certified_by: Ana, details: Checked.}
    roles: [Shop]
    charts:
      takings: {type: big_number, title: Takings, table: sales, metric: takings}
      course:
        {type: line, title: Course, table: sales, x_axis: day, metrics: [takings],
         dimensions: [shop], time_grain: day}
      best:
        {type: table, title: Best, table: sales, dimensions: [shop], metrics: [takings],
         sort: takings, limit: 5}
      sizes:
        {type: scatter, title: Sizes, table: sales, x_axis: takings, y_axis: sales, entity: shop}
    filters:
      time: {type: time_range, default: Last month}
      shop: {label: Shop, column: shop, multiple: false}
  placed:
    title: Placed
    charts:
      takings: {type: big_number, title: Takings, table: gold_shop.sales, metric: takings}
    rows:
      - [{markdown: "# Sales", width: 3, height: 10}, takings]
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    root = tmp_path_factory.mktemp("bi")
    files = {
        "specs/shop/sales.yaml": SPEC,
        "include/sql/shop/sales.sql": "select day, shop, buyer, count(distinct buyer) as buyers, "
        "sum(amount) as amount from silver_shop.orders group by 1, 2, 3",
        "include/sql/shop/stock.sql": "select buyer as who from gold_shop.sales",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    report = load_all(root, sql_reader(root))
    assert report.issues == ()
    made = make_plan(report.specs[0])
    kept = decode(encode(made))
    assert isinstance(kept, Plan)
    assert kept == made
    return made


def test_a_gold_table_is_a_dataset_where_the_spec_says_so(plan: Plan) -> None:
    (table,) = plan.bi_tables
    assert (table.table, table.owner, table.certified_by) == (SALES, "shop-data", "shop-data")
    assert [(one.name, one.expression) for one in table.metrics] == [
        ("takings", "sum(amount)"),
        ("sales", "count(*)"),
    ]
    shop, year = table.dimensions
    assert (shop.label, shop.description, shop.expression) == ("Shop", "Where it was sold.", "")
    assert (year.label, year.expression) == ("Year", "extract(year from day)")
    assert table.time_column == "day"
    assert table.column_units == {"amount": "EUR"}
    assert table.row_filters[0].roles == ("Shop",)
    assert SPEC.splitlines()[table.line - 1] == "  sales:"


def test_protected_columns_are_named_but_not_what_only_counts_them(plan: Plan) -> None:
    (table,) = plan.bi_tables
    assert table.protected == {"buyer"}


def test_charts_have_metrics_and_dimensions_in_the_order_of_their_kind(plan: Plan) -> None:
    dashboard = plan.dashboards[0]
    takings, course, best, sizes = dashboard.charts
    assert (takings.metrics, takings.dimensions, takings.time_column) == (("takings",), (), "day")
    assert (course.dimensions, course.time_grain) == (("day", "shop"), "day")
    assert (best.sort, best.limit) == (ChartSort(by="takings"), 5)
    assert (sizes.metrics, sizes.dimensions) == (("takings", "sales"), ("shop",))
    assert {chart.table for chart in dashboard.charts} == {SALES}
    assert SPEC.splitlines()[course.line - 1] == "      course:"
    assert (dashboard.certified_by, dashboard.certification_details) == ("Ana", "Checked.")
    assert (dashboard.owner, dashboard.roles) == ("shop-data", ("Shop",))


def test_a_filter_takes_the_one_table_and_its_time_column(plan: Plan) -> None:
    time, shop = plan.dashboards[0].filters
    assert time == DashboardFilter(
        name="time", label="time", kind="time_range", table=SALES, column="day",
        default=("Last month",),
    )  # fmt: skip
    assert (shop.label, shop.column, shop.multiple) == ("Shop", "shop", False)


def test_rows_are_the_spec_s_or_numbers_first_and_charts_two_a_row(plan: Plan) -> None:
    by_default, placed = plan.dashboards
    names = [[item.chart for item in row] for row in by_default.rows]
    assert names == [["takings"], ["course", "best"], ["sizes"]]
    assert placed.rows == (
        (LayoutItem(markdown="# Sales", width=3, height=10), LayoutItem(chart="takings")),
    )


def test_a_plan_without_declarations_has_none_of_it() -> None:
    fields = Plan.__dataclass_fields__
    assert (fields["bi_tables"].default, fields["dashboards"].default) == ((), ())
    assert BiTable.__module__ == "medallion.plan.bi"


def test_a_dashboard_is_an_exposure_of_each_table_that_it_reads(plan: Plan) -> None:
    published = {
        task.step.table.public: task.step.exposures
        for task in plan.tasks
        if isinstance(task.step, PublishStep)
    }
    assert [(one.name, one.owner, one.dashboard, one.url) for one in published[SALES]] == [
        ("sales", "shop-data", "shop-sales", ""),
        ("placed", "shop-data", "shop-placed", ""),
    ]
    assert published[TableName("gold_shop", "stock")] == ()
    facts = dict(asset_facts(plan))[SALES]["exposures"]
    assert facts[0] == {
        "name": "sales", "type": "dashboard", "owner": "shop-data", "dashboard": "shop-sales"
    }  # fmt: skip


def test_an_exposure_of_that_name_is_the_dashboard_itself(plan: Plan) -> None:
    said = {"sales": ExposureSpec(owner="ana", url="https://bi.example.org/1")}
    first, second = exposures_of(said, plan.dashboards)
    assert (first.owner, first.url, second.name) == ("ana", "https://bi.example.org/1", "placed")


def test_its_address_is_where_superset_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SUPERSET_URL, raising=False)
    assert dashboard_url("shop-sales") == ""
    monkeypatch.setenv(SUPERSET_URL, "https://bi.example.org/prefix/")
    assert dashboard_url("shop-sales") == (
        "https://bi.example.org/prefix/superset/dashboard/shop-sales/"
    )
    assert dashboard_url("") == ""


def test_what_another_spec_protects_is_known_once_all_specs_are(tmp_path: Path) -> None:
    files = {
        "specs/shop/orders.yaml": "description: x\n"
        + SPEC[SPEC.index("datasets:") :].partition("gold:")[0],
        "specs/shop/days.yaml": "description: x\ngold:\n  days: {sql: days.sql}\n",
        "specs/shop/shown.yaml": (
            "description: x\ngold:\n  shown: {sql: shown.sql, metrics: {rows: count(*)}}\n"
        ),
        "include/sql/shop/days.sql": "select * from silver_shop.orders",
        "include/sql/shop/shown.sql": (
            "select d.buyer as who, count(d.buyer) as buyers, d.day from gold_shop.days as d"
            " group by 1, 3"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    report = load_all(tmp_path, sql_reader(tmp_path))
    assert report.issues == ()
    plans = [make_plan(one) for one in report.specs]
    assert [one.protected for plan in plans for one in plan.bi_tables] == [frozenset()]
    judged = add_protected(plans, report.specs)
    assert [one.protected for plan in judged for one in plan.bi_tables] == [{"who"}]
    assert judged[0] is plans[0]
