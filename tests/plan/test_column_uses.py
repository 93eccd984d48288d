"""Which charts and filters a column is in, by whatever name it goes there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medallion.names import TableName
from medallion.plan.bi import (
    BiChart,
    BiDashboard,
    BiDimension,
    BiMetric,
    BiTable,
    ChartSort,
    DashboardFilter,
)
from medallion.plan.column_uses import BiReaders

SALES = TableName("gold_shop", "sales")
DATASET = BiTable(
    table=SALES,
    description="",
    owner="shop-data",
    dimensions=(
        BiDimension(name="shop", label="Shop"),
        BiDimension(name="year", expression="extract(year from day)"),
    ),
    metrics=(
        BiMetric(name="takings", expression="sum(amount)"),
        BiMetric(name="rows", expression="count(*)"),
    ),
)
CHART = BiChart(name="rows", kind="big_number", title="Rows", table=SALES, metrics=("rows",))
BOARD = BiDashboard(
    domain="shop",
    name="sales",
    title="Sales",
    charts=(
        CHART,
        replace(CHART, name="takings", title="Takings", metrics=("takings",)),
        replace(CHART, name="years", kind="bar", title="Years", dimensions=("year",)),
        replace(CHART, name="best", title="Best", sort=ChartSort(by="takings")),
        replace(CHART, name="north", title="North", where="shop = 'amount'"),
        replace(CHART, name="else", title="Else", table=TableName("gold_shop", "stock"),
                columns=("shop", "amount", "day")),
    ),
    filters=(
        DashboardFilter(name="y", label="Year", kind="select", table=SALES, column="year"),
        DashboardFilter(name="s", label="Shop", kind="select", table=SALES, column="shop"),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("column", "parts"),
    [
        ("amount", ["chart Takings, chart Best"]),
        ("day", ["chart Years, filter Year"]),
        ("shop", ["chart North, filter Shop"]),
        ("country", []),
    ],
)
def test_a_dashboard_is_named_by_what_uses_the_column(column: str, parts: list[str]) -> None:
    readers = BiReaders(dataset=DATASET, dashboards=(BOARD,))
    assert [said for _, said in readers.dashboards_with(SALES, [column])] == parts


def test_of_a_dataset_that_nobody_declares_only_its_columns_are_known() -> None:
    readers = BiReaders(dashboards=(BOARD,))
    assert [said for _, said in readers.dashboards_with(SALES, ["shop", "amount"])] == [
        "chart North, filter Shop"
    ]
    assert readers.metrics_of(["amount"]) == []
