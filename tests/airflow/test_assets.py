"""Tables as Airflow's assets: the same facts wherever one is named, and no end of the lineage."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.sdk import Asset
from airflow.sdk.definitions.asset import AssetAll, AssetNameRef
from tests.airflow.lab import plan_of_lab

from medallion.airflow.assets import Assets, assets_of
from medallion.airflow.factory import build, build_dag
from medallion.compiler.runnable import Runnable
from medallion.names import TableName
from medallion.plan.asset_facts import asset_facts, write_facts
from medallion.plan.model import Plan

PRICES = TableName("silver_shop", "prices")
KNOWN = {str(PRICES): write_facts({"layer": "silver", "owner": "shop-data"})}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return plan_of_lab(tmp_path)


def test_an_asset_says_what_the_spec_says_and_where_it_is_documented(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://ana:pw@data.example.org/air")
    takings = TableName("gold_lab", "takings")
    asset = Assets(plan).own(takings)
    assert (asset.name, asset.group) == ("gold_lab.takings", "gold")
    page = "https://data.example.org/air/medallion/tables/gold_lab.takings"
    assert asset.extra == {**dict(asset_facts(plan))[takings], "documentation": page}


def test_airflows_address_is_asked_for_where_an_asset_is_made(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    where = "medallion.airflow.configured.url_of"
    monkeypatch.setattr(where, lambda path: asked.append(path) or "")
    build(Runnable(plan=plan), tmp_path, starting="orders.land")
    assert asked == []
    build(Runnable(plan=plan), tmp_path, starting="orders.publish")
    assert asked == [""]


def test_a_consumer_names_the_asset_with_the_producers_facts(plan: Plan) -> None:
    """The last parse wins: without them it would wipe what the producer's says."""
    dag = build_dag(plan, "x.yaml", assets=Assets(plan, KNOWN))
    for name in ("takings.build", "takings.publish"):
        own, foreign = sorted(dag.get_task(name).inlets, key=lambda one: one.name)
        assert own == dag.get_task("orders.publish").outlets[0]
        assert (foreign.name, foreign.group) == (str(PRICES), "silver")
        assert foreign.extra["owner"] == "shop-data"
    assert [one.name for one in dag.get_task("orders.publish").inlets] == ["silver_lab.shops"]


def test_an_asset_of_which_nothing_is_known_is_only_referred_to(plan: Plan) -> None:
    dag = build_dag(plan, "x.yaml")
    assert [one.name for one in dag.get_task("takings.build").inlets] == ["silver_lab.orders"]
    assert waits(plan, {}) == [AssetNameRef(str(PRICES))]
    (known,) = waits(plan, KNOWN)
    assert isinstance(known, Asset)
    assert known.extra["owner"] == "shop-data"


def waits(plan: Plan, known: dict[str, str]) -> list[object]:
    condition = build_dag(plan, "x.yaml", assets=Assets(plan, known)).timetable.asset_condition
    assert isinstance(condition, AssetAll)
    return list(condition.objects)


@pytest.mark.parametrize(
    ("superset", "address"),
    [("", {}), ("https://bi.org/", {"url": "https://bi.org/superset/dashboard/shop-board/"})],
)
def test_a_dashboard_of_a_spec_is_where_superset_is_now(
    monkeypatch: pytest.MonkeyPatch, superset: str, address: dict[str, str]
) -> None:
    monkeypatch.setenv("MEDALLION_SUPERSET_URL", superset)
    board = {"name": "board", "type": "dashboard", "owner": "bi", "dashboard": "shop-board"}
    other = {"name": "other", "type": "notebook", "url": "https://bi.org/1"}
    known = {"gold_shop.sales": write_facts({"layer": "gold", "exposures": [board, other]})}
    (asset,) = assets_of(known, ["gold_shop.sales"])
    assert isinstance(asset, Asset)
    shown = {"name": "board", "type": "dashboard", "owner": "bi", **address}
    assert asset.extra["exposures"] == [shown, other]
