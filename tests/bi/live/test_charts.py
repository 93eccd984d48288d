"""Each kind of chart in a real Superset: its data are what SQL says, by API and in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.bi.assets import shop
from tests.bi.live.conftest import RunningSuperset
from tests.bi.live.dashboards_in_browser import CHROMIUM, keep, logged_in, look_at, not_drawn
from tests.bi.live.shop_charts import EXPECTED, compared

from medallion.bi.assets.documents import Asset, Assets, as_texts
from medallion.bi.assets.generate import generate
from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.objects import AssetKind

pytestmark = pytest.mark.slow
DATABASE = "shop_of_charts"
HEIGHT = 6600
"""Pixels, for all charts at once."""
LEGACY = {"world", "france"}
"""Maps, whose data the browser gets in a form of their own."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """The shop's assets in Superset, and what they read."""

    assets: Assets
    ids: dict[str, int]
    """Of charts, by their names."""
    warehouse_url: str

    def expected(self, chart: str) -> list[dict[str, object]]:
        with psycopg.connect(self.warehouse_url, row_factory=dict_row) as connection:
            connection.execute("SET timezone = 'UTC'")
            return compared(connection.execute(EXPECTED[chart]).fetchall(), EXPECTED[chart])


@pytest.fixture(scope="module")
def imported(running_superset: RunningSuperset) -> Iterator[Imported]:
    settings = running_superset.settings
    login = urlsplit(settings.warehouse_url)
    with psycopg.connect(running_superset.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {DATABASE}")
    url = running_superset.postgres.url(DATABASE)
    with psycopg.connect(url) as admin:
        admin.execute(Path(shop.__file__).with_name("shop.sql").read_text())
        for schema in ("gold_shop", "medallion_bi"):
            admin.execute(f"GRANT USAGE ON SCHEMA {schema} TO {login.username}")
            admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {login.username}")
    address = f"postgresql+psycopg2://{login.username}@{login.hostname}:{login.port}/{DATABASE}"
    warehouse = replace(shop.WAREHOUSE, sqlalchemy_uri=address)
    assets = generate(warehouse, shop.tables(), shop.dashboards())
    with SupersetClient(running_superset.server()) as client:
        for _ in range(2):  # the second time over what is there
            client.import_assets(
                as_texts(assets.files), passwords={_file(assets, "database"): login.password or ""}
            )
        yield Imported(assets=assets, ids=_chart_ids(client, assets), warehouse_url=url)
        for asset in reversed(assets.assets):
            kind = AssetKind(asset.kind)
            if one := client.object_by_uuid(kind, asset.uuid):
                client.delete(kind, one.id)


def _file(assets: Assets, kind: str) -> str:
    return next(asset.path for asset in assets.assets if asset.kind == kind)


def _chart_ids(client: SupersetClient, assets: Assets) -> dict[str, int]:
    charts = [asset for asset in assets.assets if asset.kind == "chart"]
    return {_chart(asset): _id(client, asset) for asset in charts}


def _chart(asset: Asset) -> str:
    return asset.key.rpartition("/")[2]


def _id(client: SupersetClient, asset: Asset) -> int:
    found = client.object_by_uuid(AssetKind(asset.kind), asset.uuid)
    assert found is not None, asset.key
    return found.id


def test_every_chart_has_a_question_of_its_own(imported: Imported) -> None:
    assert imported.ids.keys() == EXPECTED.keys()


@pytest.mark.parametrize("chart", EXPECTED)
def test_a_charts_data_are_what_sql_says(
    superset: SupersetClient, imported: Imported, chart: str
) -> None:
    (data,) = superset.chart_data(imported.ids[chart], is_forced=True)
    assert compared(data.rows, EXPECTED[chart]) == imported.expected(chart)


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="chromium is not here")
def test_a_browser_shows_every_chart_and_gets_the_same_data(
    running_superset: RunningSuperset, imported: Imported
) -> None:
    person = running_superset.as_person()
    titles = [chart.title for chart in shop.CHARTS]
    with logged_in(person, height=HEIGHT) as page:
        seen = look_at(page, person.url, "shop-all", [*titles, "How fresh the data are"])
        keep(page, "shop-all")
        assert not_drawn(page, len(titles) + 1) == []
    assert seen.failed == []
    got = {name: seen.rows[one] for name, one in imported.ids.items() if one in seen.rows}
    assert got.keys() == EXPECTED.keys() - LEGACY
    for chart, rows in got.items():
        assert compared(rows, EXPECTED[chart]) == imported.expected(chart), chart


def test_who_looks_knows_who_keeps_it_and_where(
    superset: SupersetClient, imported: Imported
) -> None:
    by_key = {asset.key: asset for asset in imported.assets.assets}
    dataset = superset.details(AssetKind.DATASET, _id(superset, by_key["gold_shop.sales"]))
    assert dataset["is_managed_externally"] is True
    assert dataset["main_dttm_col"] == "day"
    offered = {column["column_name"]: column for column in dataset["columns"]}
    assert "customer_email" not in offered
    assert offered["unit_price"]["verbose_name"] == "Unit price (EUR)"
    board = superset.details(AssetKind.DASHBOARD, _id(superset, by_key["shop/all"]))
    assert (board["slug"], board["certified_by"]) == ("shop-all", "Shop data team")
    assert board["is_managed_externally"] is True
