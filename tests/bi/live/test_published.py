"""Real runs of a pipeline, and what a real Superset shows after each of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.bi.live.bazaar import People, warehouse_of_its_own
from tests.bi.live.conftest import RunningSuperset
from tests.bi.live.market import Market

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind
from medallion.errors import DataRejected, WarehouseRefused

pytestmark = pytest.mark.slow
DATASET, CHART = AssetKind.DATASET, AssetKind.CHART
DAY = "2026-01-01"
ROWS = (f"{DAY},North,FR,10.00", f"{DAY},South,FR,5.00")


@pytest.fixture
def market(running_superset: RunningSuperset, tmp_path: Path) -> Iterator[Market]:
    with warehouse_of_its_own(Market, running_superset, tmp_path) as found:
        found.open()
        yield found


class Shown:
    """What Superset has of the market."""

    def __init__(self, market: Market, client: SupersetClient) -> None:
        self.market = market
        self.client = client
        dataset = People(client).find(DATASET, "sales", market.sales.schema)
        self.dataset = dataset.id
        ours = [one for one in client.objects(CHART) if one.dataset_id == dataset.id]
        self.charts = {one.name: one.id for one in ours}
        (self.tile,) = [
            one.id for one in client.objects(CHART) if one.name == "How fresh the data are"
            and market.name in str(client.details(CHART, one.id)["params"])
        ]  # fmt: skip

    def columns(self) -> set[str]:
        return {one["column_name"] for one in self.client.details(DATASET, self.dataset)["columns"]}

    def warning(self) -> str:
        return str(self.client.details(DATASET, self.dataset)["extra"])

    def banner(self) -> str:
        (data,) = self.client.chart_data(self.tile)
        return str(data.rows[0]["message"])

    def takings(self) -> tuple[Any, bool]:
        """The big number, and whether it came from the cache."""
        (data,) = self.client.chart_data(self.charts["Takings"])
        (row,) = data.rows
        return next(iter(row.values())), data.is_cached

    def is_what_sql_says(self) -> bool:
        (data,) = self.client.chart_data(self.charts["Shops"])
        statement = sql.SQL("SELECT shop, sum(amount) FROM {} GROUP BY shop").format(
            sql.Identifier(self.market.sales.schema, self.market.sales.table)
        )
        with psycopg.connect(self.market.url) as connection:
            wanted = set(connection.execute(statement).fetchall())
        rows = [[*row.values()] for row in data.rows]
        return {(shop, Decimal(str(takings))) for shop, takings in rows} == wanted


def test_dataset_cache_and_banner_follow_each_run(market: Market, superset: SupersetClient) -> None:
    market.run(*ROWS)
    assert market.sync().problems == ()
    shown = Shown(market, superset)
    assert shown.columns() == {"day", "shop", "country", "amount"}
    assert shown.takings() == (15, False)
    assert shown.takings() == (15, True)
    assert shown.is_what_sql_says()
    assert shown.banner().startswith("as of ")
    assert "as of " in shown.warning()
    assert market.sync().is_in_step

    # The same columns, other rows.
    market.run(*ROWS, f"{DAY},West,FR,1.00")
    assert shown.takings() == (15, True), "Superset does not know of it yet"
    market.sync()
    assert shown.takings() == (16, False)
    assert shown.is_what_sql_says()

    # A new column.
    market.more = ", count(*) as orders"
    market.run(*ROWS)
    assert market.sync().problems == ()
    assert shown.columns() == {"day", "shop", "country", "orders", "amount"}
    assert shown.takings() == (15, False)
    assert shown.is_what_sql_says()


def test_a_dropped_column_and_a_failing_gate(market: Market, superset: SupersetClient) -> None:
    market.run(*ROWS)
    market.sync()
    shown = Shown(market, superset)
    assert shown.takings() == (15, False)

    # Nobody allows it: Superset keeps what it shows, and says that the run has failed.
    market.columns = "day, shop"
    with pytest.raises(WarehouseRefused, match="country: text → gone") as refused:
        market.run(*ROWS)
    assert "dashboard" not in str(refused.value), "no chart shows it"
    market.sync()
    assert shown.columns() == {"day", "shop", "country", "amount"}
    assert "last run failed" in shown.banner()
    market.breaking_change = "allow"
    market.run(*ROWS, f"{DAY},West,FR,1.00")
    assert market.sync().problems == ()
    assert shown.columns() == {"day", "shop", "amount"}
    assert shown.takings() == (16, False)
    assert shown.banner().startswith("as of ")

    # What a chart shows is named with the chart.
    market.breaking_change = "refuse"
    market.columns, market.more = "day", ", max(length(shop)) as shop"
    with pytest.raises(WarehouseRefused) as refused:
        market.run(*ROWS)
    assert "dashboard sales (owner: market-data): chart Shops" in str(refused.value)

    # A gate that fails: readers keep the rows before, and see why they are old.
    market.columns, market.more = "day, shop", ""
    with pytest.raises(DataRejected):
        market.run(*ROWS, f"{DAY},East,FR,-5.00")
    assert market.sync().problems == ()
    assert "last run failed: checks of sales failed" in shown.banner()
    assert "last run failed: checks of sales failed" in shown.warning()
    assert shown.takings()[0] == 16
    market.run(*ROWS)
    market.sync()
    assert shown.takings() == (15, False)
    assert shown.banner().startswith("as of ")
