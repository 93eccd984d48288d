"""What a domain that declares all there is becomes: a file in `golden/` for each of Superset's.

MEDALLION_WRITE_GOLDEN=1 writes them again: read what changed before you commit it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from tests.bi.assets import shop

from medallion.bi.assets.documents import Asset, as_texts, as_yaml, files_of
from medallion.bi.assets.generate import generate
from medallion.bi.assets.problems import problems

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture(scope="module")
def made() -> dict[str, Asset]:
    """By key."""
    assets = generate(shop.WAREHOUSE, shop.tables(), shop.dashboards()).assets
    return {asset.key: asset for asset in assets}


def test_the_declarations_become_their_files(made: dict[str, Asset]) -> None:
    texts = as_texts(files_of(made.values()))
    if os.environ.get("MEDALLION_WRITE_GOLDEN"):
        shutil.rmtree(GOLDEN)
        for path, text in texts.items():
            (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / path).write_text(text, encoding="utf-8")
    kept = {
        str(path.relative_to(GOLDEN)): path.read_text(encoding="utf-8")
        for path in GOLDEN.rglob("*.yaml")
    }
    assert texts == kept


def test_superset_would_take_the_files(made: dict[str, Asset]) -> None:
    assert problems(files_of(made.values())) == ()


def test_another_order_of_the_input_gives_the_same_files(made: dict[str, Asset]) -> None:
    sales, stock = shop.tables()
    described = dict(reversed(sales.table.column_descriptions.items()))
    turned = replace(sales, table=replace(sales.table, column_descriptions=described))
    other = replace(shop.DASHBOARD, name="other")
    both = [*shop.dashboards(), replace(shop.dashboards()[0], dashboard=other)]
    one = generate(shop.WAREHOUSE, [sales, stock], both)
    again = generate(shop.WAREHOUSE, [stock, turned], reversed(both))
    assert as_texts(one.files) == as_texts(again.files)
    assert {asset.uuid for asset in made.values()} < set(one.by_uuid)
    assert len({asset.path for asset in one.assets}) == len(one.assets)


def test_an_object_keeps_its_uuid_whatever_is_said_of_it(made: dict[str, Asset]) -> None:
    renamed = replace(shop.DASHBOARD, title="Another", charts=shop.CHARTS[::-1], rows=())
    again = generate(
        replace(shop.WAREHOUSE, database="Elsewhere", sqlalchemy_uri="postgresql://else/where"),
        [replace(one, spec_url="") for one in shop.tables()],
        [replace(shop.dashboards()[0], dashboard=renamed)],
    )
    assert {one.key: one.uuid for one in again.assets} == {
        key: one.uuid for key, one in made.items()
    }
    another = generate(replace(shop.WAREHOUSE, project="b"), shop.tables(), shop.dashboards())
    assert not another.by_uuid.keys() & {one.uuid for one in made.values()}


def test_what_an_asset_needs_is_what_its_file_names(made: dict[str, Asset]) -> None:
    for asset in made.values():
        assert problems(files_of([asset]), known=asset.needs) == ()
        for one in asset.needs:
            assert problems(files_of([asset]), known=set(asset.needs) - {one}) != ()


def test_who_sees_what_stands_beside_the_files(made: dict[str, Asset]) -> None:
    assets = generate(shop.WAREHOUSE, shop.tables(), shop.dashboards())
    assert assets.roles == {made["shop/all"].uuid: ("shop_team",)}
    assert assets.row_filters == {made["gold_shop.sales"].uuid: shop.SALES_TABLE.row_filters}


def test_a_protected_column_is_in_no_file_and_no_chart_shows_one(made: dict[str, Asset]) -> None:
    assert not [key for key, asset in made.items() if "customer_email" in as_yaml(asset.document)]
    chart = replace(shop.CHARTS[-2], columns=("sale_id", "customer_email"))
    dashboard = replace(shop.DASHBOARD, charts=(chart,), rows=())
    with pytest.raises(ValueError, match="last_sales of all shows protected columns: customer_e"):
        generate(
            shop.WAREHOUSE, shop.tables(), [replace(shop.dashboards()[0], dashboard=dashboard)]
        )


def test_what_licences_ask_for_is_said_of_each_dataset_and_below_each_dashboard() -> None:
    said = ("Source: the mint", "Source: the till")
    sales, stock = (replace(one, attributions=said[at:]) for at, one in enumerate(shop.tables()))
    assets = generate(shop.WAREHOUSE, [sales, stock], shop.dashboards()).assets
    made = {asset.key: asset for asset in assets}
    described = str(made["gold_shop.sales"].document["description"])
    assert described.endswith("Source: the mint\n\nSource: the till")
    assert str(made["gold_shop.stock"].document["description"]).endswith("Source: the till")
    position = cast("dict[str, Any]", made["shop/all"].document["position"])
    last = position[position["GRID_ID"]["children"][-1]]["children"]
    assert [position[cell]["meta"]["code"] for cell in last] == ["\n\n".join(said)]


def test_nothing_declared_gives_no_asset() -> None:
    assert generate(shop.WAREHOUSE, [], []).assets == ()


def test_the_text_of_a_file_is_read_as_the_same_document(made: dict[str, Asset]) -> None:
    odd = {"title": "yes", "number": "1e3", "day": "2026-01-01", "lines": "a: b\n# c\té «✓»"}
    assert yaml.safe_load(as_yaml(odd)) == odd
    for asset in made.values():
        assert as_yaml(yaml.safe_load(as_yaml(asset.document))) == as_yaml(asset.document)
