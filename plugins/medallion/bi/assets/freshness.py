"""What a dashboard says of its tables' freshness: a small table over a view of the warehouse.

A dataset's own warning shows in Explore and in lists, never on a dashboard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from medallion.bi.assets.charts.asset import Place, asset_of
from medallion.bi.assets.charts.table_chart import table_chart
from medallion.bi.assets.charts.view import ChartView
from medallion.bi.assets.dataset import NEVER_CACHED, Dataset
from medallion.bi.assets.documents import Asset, Json
from medallion.bi.assets.inputs import DeclaredTable, Warehouse, WarehouseColumn
from medallion.names import FRESHNESS, TableName
from medallion.plan.bi import BiChart, BiDimension, BiTable, ChartSort

FRESHNESS_COLUMNS = (
    WarehouseColumn(name="schema_name", type="text"),
    WarehouseColumn(name="table_name", type="text"),
    WarehouseColumn(
        name="state", type="text", comment="Whether the data are as fresh as promised."
    ),
    WarehouseColumn(name="message", type="text", comment="The state as a sentence."),
    WarehouseColumn(
        name="as_of", type="timestamp with time zone", comment="The end of what was published last."
    ),
    WarehouseColumn(
        name="next_expected",
        type="timestamp with time zone",
        comment="When the next publication is due.",
    ),
    WarehouseColumn(
        name="last_failure", type="text", comment="Why the last run failed; empty: it did not."
    ),
)
FRESHNESS_CHART = "_freshness"
"""Its name in each dashboard; no author's name begins with an underscore."""
_PUBLISHED, _URGENCY = "published_table", "urgency"
_RED, _ORANGE, _GREEN = "#f8d0d0", "#fce3bd", "#d3eed8"
_COLOURS = {
    "error": _RED,
    "failed": _RED,
    "stale": _ORANGE,
    "fresh": _GREEN,
    "published": _GREEN,
}
"""Of the states that the view knows; of `never_published` none."""


def freshness_dataset(warehouse: Warehouse) -> Dataset:
    """The view as a dataset. Nothing of it is cached: what it says is of now."""
    table = BiTable(
        table=FRESHNESS,
        description="How fresh each published table is.",
        owner="",
        time_column="as_of",
        dimensions=(
            BiDimension(name="as_of", label="As of"),
            BiDimension(name="next_expected", label="Next expected"),
            BiDimension(name="state", label="State"),
            BiDimension(name="message", label="What that means"),
            BiDimension(
                name=_PUBLISHED,
                label="Data",
                description="The table's name with its schema.",
                expression="schema_name || '.' || table_name",
            ),
            BiDimension(
                name=_URGENCY,
                label="Urgency",
                description="0: the most urgent state.",
                expression="coalesce(array_position(array['error', 'failed', 'stale', "
                "'never_published'], state), 5) - 1",
            ),
        ),
    )
    declared = DeclaredTable(table=table, columns=FRESHNESS_COLUMNS, spec_url=warehouse.url)
    return Dataset.of(warehouse.project, declared, cache_timeout=NEVER_CACHED)


def freshness_view(dataset: Dataset, tables: Iterable[TableName]) -> ChartView:
    """The tile of a dashboard that reads these tables. No filter of time acts on it."""
    chart = BiChart(
        name=FRESHNESS_CHART,
        kind="table",
        title="How fresh the data are",
        table=FRESHNESS,
        columns=(_PUBLISHED, "state", "message"),
        sort=ChartSort(by=_URGENCY, descending=False),
    )
    return ChartView(chart=chart, dataset=dataset, among={_PUBLISHED: tuple(map(str, tables))})


def freshness_asset(place: Place, view: ChartView) -> Asset:
    """The chart of the tile: the most urgent table first, its state in a colour."""
    table = table_chart(view)
    coloured = {**table.params, "conditional_formatting": [*map(_colour, _COLOURS)]}
    return asset_of(place, view, replace(table, params=coloured), cache_timeout=NEVER_CACHED)


def _colour(state: str) -> Json:
    return {
        "column": "state",
        "operator": "=",
        "targetValue": state,
        "colorScheme": _COLOURS[state],
        "useGradient": False,
    }


def freshness_height(tables: int) -> int:
    """Of the tile, in grid units: its title, the header, a line for each table, not more than ten
    before it scrolls.

    >>> freshness_height(1), freshness_height(40)
    (17, 53)
    """
    return 13 + 4 * min(tables, 10)
