"""Dashboards whose tables are not there yet, or not as they show them, wait and are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from tests.bi.assets import shop
from tests.bi.sync.exported import remembered

from medallion.bi.assets.documents import Assets
from medallion.bi.assets.generate import generate
from medallion.bi.assets.inputs import DeclaredTable, Warehouse
from medallion.bi.sync import able
from medallion.bi.sync.able import assets_of
from medallion.bi.sync.declared_assets import Declared
from medallion.bi.sync.difference import difference
from medallion.bi.sync.run import Wish
from medallion.names import TableName
from medallion.warehouse.registry.bi import Remembered

WHOLE = Declared(tables=tuple(shop.tables()), dashboards=tuple(shop.dashboards()))


def test_what_is_published_is_made() -> None:
    assets, waiting = assets_of(shop.WAREHOUSE, WHOLE)
    assert waiting == ()
    assert [one.kind for one in assets.assets].count("dashboard") == 1


def test_what_is_not_published_yet_waits_and_nothing_of_it_is_removed() -> None:
    all_of_it, _ = assets_of(shop.WAREHOUSE, WHOLE)
    tables = [replace(one, columns=()) if one.table.table == shop.SALES else one
              for one in WHOLE.tables]  # fmt: skip
    declared = replace(WHOLE, tables=tuple(tables), unpublished=(shop.SALES,))
    assets, waiting = assets_of(shop.WAREHOUSE, declared)
    (one,) = waiting
    assert one.describe() == (
        "wait     dashboard The shop at a glance: it needs gold_shop.sales, not published yet"
    )
    held = dict.fromkeys(one.uuids(shop.WAREHOUSE.project), one.dashboard.title)
    wish = Wish(assets=assets, unpublished=frozenset(declared.unpublished), held=held)
    there = {asset.uuid: asset.document for asset in all_of_it.assets}
    objects = Wish(assets=all_of_it).objects()
    ledger: dict[str, Remembered] = {
        uuid: remembered(document, document) for uuid, document in there.items()
    }
    found = difference(wish.objects(), objects, ledger, missing=wish.missing())
    assert found.removals == ()
    assert [one.wanted.name for one in found.planned] == [
        "Shop warehouse", "gold_shop.stock", "medallion_bi.freshness",
    ]  # fmt: skip


def test_a_table_that_has_lost_what_a_chart_shows_holds_its_dashboard_alone() -> None:
    tables = [replace(one, columns=one.columns[:1]) for one in WHOLE.tables]
    _, waiting = assets_of(shop.WAREHOUSE, replace(WHOLE, tables=tuple(tables)))
    assert [one.dashboard.name for one in waiting] == ["all"]
    assert "published again" in waiting[0].why


def test_a_dashboard_is_tried_on_its_own_tables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[set[TableName]] = []

    def generated(warehouse: Warehouse, tables: Iterable[DeclaredTable], boards: Any) -> Assets:
        known = list(tables)
        tried.append({one.table.table for one in known})
        return generate(warehouse, known, boards)

    monkeypatch.setattr(able, "generate", generated)
    other = replace(
        WHOLE.tables[0], table=replace(shop.STOCK_TABLE, table=TableName("gold_b", "c"))
    )
    assets_of(shop.WAREHOUSE, replace(WHOLE, tables=(*WHOLE.tables, other)))
    once, all_of_them = tried
    assert TableName("gold_b", "c") in all_of_them - once
