"""A domain that declares all there is: each kind of chart and filter, a protected column."""

from __future__ import annotations

from medallion.bi.assets.inputs import (
    DeclaredDashboard,
    DeclaredTable,
    Warehouse,
    WarehouseColumn,
)
from medallion.names import TableName
from medallion.plan.bi import (
    BiChart,
    BiDashboard,
    BiDimension,
    BiMetric,
    BiTable,
    ChartSort,
    DashboardFilter,
    LayoutItem,
    RowFilter,
)

SALES = TableName("gold_shop", "sales")
STOCK = TableName("gold_shop", "stock")
SPEC_URL = "https://git.example.org/shop/-/blob/main/specs/shop/sales.yaml"
DASHBOARD_URL = "https://git.example.org/shop/-/blob/main/specs/shop/dashboards/all.yaml"

WAREHOUSE = Warehouse(
    project="shop",
    database="Shop warehouse",
    sqlalchemy_uri="postgresql+psycopg2://superset_reader@127.0.0.1:5432/warehouse",
    url="https://git.example.org/shop",
)

SALES_TABLE = BiTable(
    table=SALES,
    description="One row per sale.",
    owner="shop-data",
    contacts=("shop-data@example.org",),
    certified_by="Shop data team",
    certification_details="Checked each night against the till.",
    time_column="day",
    dimensions=(
        BiDimension(name="country", label="Country", description="Where it was sold: ISO 3166-1."),
        BiDimension(name="region", description="The department, as ISO 3166-2 has it."),
        BiDimension(name="unit_price", unit="EUR"),
        BiDimension(
            name="size_class",
            label="Size",
            description="Of a sale.",
            expression="case when quantity >= 5 then 'large' else 'small' end",
        ),
        BiDimension(name="month", expression="date_trunc('month', booked_at)"),
    ),
    metrics=(
        BiMetric(
            name="revenue",
            expression="sum(amount)",
            label="Revenue",
            description="All sales, without taxes.",
            unit="EUR",
            format=",.0f",
        ),
        BiMetric(name="sales", expression="count(*)", label="Sales", format=",d"),
        BiMetric(
            name="ticket", expression="avg(amount)", label="Mean sale", unit="EUR", format=",.2f"
        ),
        BiMetric(
            name="large_share",
            expression="avg((quantity >= 5)::int)",
            label="Large sales",
            unit="%",
            format=".1%",
        ),
        BiMetric(name="last_sale", expression="max(day)", label="Last sale", format="%d.%m.%Y"),
    ),
    row_filters=(
        RowFilter(name="shop_own_country", clause="country = 'FR'", roles=("shop_france",)),
    ),
    column_descriptions={"amount": "Without taxes.", "product": "As the till calls it."},
    column_units={"amount": "EUR"},
    protected=frozenset(("customer_email",)),
)
SALES_COLUMNS = (
    WarehouseColumn(name="sale_id", type="bigint"),
    WarehouseColumn(name="day", type="date", comment="Of the till."),
    WarehouseColumn(name="booked_at", type="timestamp with time zone"),
    WarehouseColumn(name="country", type="character varying(2)"),
    WarehouseColumn(name="region", type="text"),
    WarehouseColumn(name="segment", type="text", comment="Of the customer."),
    WarehouseColumn(name="product", type="text"),
    WarehouseColumn(name="customer_email", type="text"),
    WarehouseColumn(name="quantity", type="integer"),
    WarehouseColumn(name="unit_price", type="double precision"),
    WarehouseColumn(name="amount", type="numeric(18,2)"),
    WarehouseColumn(name="tags", type="text[]"),
    WarehouseColumn(name="_load_id", type="bigint"),
)
STOCK_TABLE = BiTable(table=STOCK, description="What is in the shelves now.", owner="shop-data")
STOCK_COLUMNS = (
    WarehouseColumn(name="product", type="text"),
    WarehouseColumn(name="pieces", type="integer"),
)

CHARTS = (
    BiChart(
        name="revenue",
        kind="big_number",
        title="Revenue",
        table=SALES,
        description="Since the shop was opened.",
        metrics=("revenue",),
    ),
    BiChart(
        name="large_share",
        kind="big_number",
        title="Large sales",
        table=SALES,
        metrics=("large_share",),
    ),
    BiChart(
        name="last_sale",
        kind="big_number",
        title="Last sale on",
        table=SALES,
        metrics=("last_sale",),
    ),
    BiChart(
        name="sales_by_month",
        kind="big_number",
        title="Sales of the last month",
        table=SALES,
        metrics=("sales",),
        time_grain="month",
    ),
    BiChart(
        name="products",
        kind="bar",
        title="The ten products that sell best",
        table=SALES,
        metrics=("revenue",),
        dimensions=("product",),
        limit=10,
    ),
    BiChart(
        name="products_by_ticket",
        kind="bar",
        title="Revenue, dearest products first",
        table=SALES,
        metrics=("revenue",),
        dimensions=("product",),
        sort=ChartSort(by="ticket"),
        limit=5,
    ),
    BiChart(
        name="segments_by_country",
        kind="bar",
        title="Revenue by country and segment",
        table=SALES,
        metrics=("revenue",),
        dimensions=("country", "segment"),
        stacked=True,
    ),
    BiChart(
        name="revenue_by_month",
        kind="bar",
        title="Revenue by month",
        table=SALES,
        metrics=("revenue",),
        dimensions=("day",),
        time_grain="month",
    ),
    BiChart(
        name="revenue_by_week",
        kind="line",
        title="Revenue by week, the three largest countries",
        table=SALES,
        metrics=("revenue",),
        dimensions=("country",),
        time_grain="week",
        limit=3,
    ),
    BiChart(
        name="segments_by_month",
        kind="area",
        title="Sales by segment",
        table=SALES,
        metrics=("sales",),
        dimensions=("segment",),
        time_grain="month",
        stacked=True,
        color_scheme="lyftColors",
    ),
    BiChart(
        name="segments",
        kind="pie",
        title="Revenue by segment",
        table=SALES,
        metrics=("revenue",),
        dimensions=("segment",),
    ),
    BiChart(
        name="month_and_product",
        kind="heatmap",
        title="Sales by month and product",
        table=SALES,
        metrics=("sales",),
        dimensions=("month", "product"),
        time_grain="month",
    ),
    BiChart(
        name="week_and_country",
        kind="heatmap",
        title="Revenue by week and country",
        table=SALES,
        metrics=("revenue",),
        dimensions=("country",),
        time_grain="week",
    ),
    BiChart(
        name="country_and_segment",
        kind="heatmap",
        title="Mean sale by country and segment",
        table=SALES,
        metrics=("ticket",),
        dimensions=("country", "segment"),
        sort=ChartSort(by="ticket"),
    ),
    BiChart(
        name="products_compared",
        kind="scatter",
        title="Products: how often and how dear",
        table=SALES,
        metrics=("sales", "ticket", "revenue"),
        dimensions=("product", "size_class"),
        sort=ChartSort(by="sales"),
        limit=30,
    ),
    BiChart(
        name="countries_compared",
        kind="scatter",
        title="Countries: sales and mean sale",
        table=SALES,
        metrics=("sales", "ticket"),
        dimensions=("country",),
    ),
    BiChart(
        name="world",
        kind="country_map",
        title="Revenue by country",
        table=SALES,
        metrics=("revenue",),
        dimensions=("country",),
        country="world",
    ),
    BiChart(
        name="france",
        kind="country_map",
        title="Revenue in France",
        table=SALES,
        metrics=("revenue",),
        dimensions=("region",),
        country="france",
        where="country = 'FR' -- the others have no departments",
    ),
    BiChart(
        name="by_product",
        kind="table",
        title="All figures by product",
        table=SALES,
        metrics=("revenue", "sales", "ticket", "large_share", "last_sale"),
        dimensions=("product",),
        sort=ChartSort(by="product", descending=False),
    ),
    BiChart(
        name="last_sales",
        kind="table",
        title="The last large sales",
        table=SALES,
        columns=("sale_id", "day", "product", "country", "quantity", "unit_price", "amount"),
        where="quantity >= 5",
        time_range="2026-01-01 : 2026-07-01",
        sort=ChartSort(by="sale_id"),
        limit=20,
    ),
    BiChart(
        name="stock",
        kind="table",
        title="In the shelves",
        table=STOCK,
        columns=("product", "pieces"),
        sort=ChartSort(by="pieces", descending=False),
    ),
)

DASHBOARD = BiDashboard(
    domain="shop",
    name="all",
    title="The shop at a glance",
    description="Each kind of chart, once or twice.",
    owner="shop-data",
    certified_by="Shop data team",
    certification_details="Reviewed each spring.",
    roles=("shop_team",),
    charts=CHARTS,
    filters=(
        DashboardFilter(
            name="country",
            label="Country",
            kind="select",
            table=SALES,
            column="country",
        ),
        DashboardFilter(
            name="period", label="Period", kind="time_range", table=SALES, column="day"
        ),
        DashboardFilter(
            name="product",
            label="Product",
            kind="select",
            table=SALES,
            column="product",
            multiple=False,
        ),
        DashboardFilter(
            name="quantity",
            label="Quantity",
            kind="number_range",
            table=SALES,
            column="quantity",
            default=("1", ""),
        ),
    ),
    rows=(
        (LayoutItem(markdown="## How to read it\nRevenue is *without* taxes.", width=12),),
        (
            LayoutItem(chart="revenue"),
            LayoutItem(chart="large_share"),
            LayoutItem(chart="sales_by_month", width=6),
        ),
        (LayoutItem(chart="revenue_by_week", width=8), LayoutItem(chart="segments")),
    ),
)


def tables() -> list[DeclaredTable]:
    return [
        DeclaredTable(table=SALES_TABLE, columns=SALES_COLUMNS, spec_url=SPEC_URL),
        DeclaredTable(table=STOCK_TABLE, columns=STOCK_COLUMNS, spec_url=SPEC_URL),
    ]


def dashboards() -> list[DeclaredDashboard]:
    return [DeclaredDashboard(dashboard=DASHBOARD, spec_url=DASHBOARD_URL)]
