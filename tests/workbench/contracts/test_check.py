"""`contract import --check`: what a table promises itself, it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workbench.contracts.test_document import GOLDEN, TYPES

from medallion.roots import PROJECT_ROOT
from medallion.workbench.comparison.sides import Side, read_side
from medallion.workbench.contracts.check import check_contract
from medallion.workbench.imports.base.outcome import Target

SHIPPED = sorted((PROJECT_ROOT / "contracts").glob("*.yaml"))
DAYS = GOLDEN / "gold_shop.days.odcs.yaml"


@pytest.fixture(scope="module")
def shipped() -> Side:
    return read_side(PROJECT_ROOT)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_each_shipped_table_keeps_its_own_contract(path: Path, shipped: Side) -> None:
    table = path.name.removesuffix(".odcs.yaml")
    domain = table.split(".")[0].split("_", 1)[1]
    found = check_contract(path, Target(domain=domain, pipeline="any"), shipped, {})
    assert found.unkept == {table: ()}
    left = [one.place for one in found.not_judged]
    assert not [one for one in left if "quality" in one or one.startswith("the spec's")], left


def test_a_number_without_digits_is_kept_by_one_of_any(side: Side) -> None:
    target = Target(domain="shop", pipeline="any")
    assert "physicalType: numeric\n" in DAYS.read_text()
    for takings in ("numeric", "numeric(12,2)"):
        types = {"gold_shop.days": {**TYPES["gold_shop.days"], "takings": takings}}
        assert check_contract(DAYS, target, side, types).unkept == {"gold_shop.days": ()}
    types = {"gold_shop.days": {**TYPES["gold_shop.days"], "takings": "text"}}
    ((change,),) = check_contract(DAYS, target, side, types).unkept.values()
    assert (change.place, change.what) == ("days.takings", "has another type: number → string")


def test_a_type_that_the_warehouse_was_not_asked_for_is_not_judged(side: Side) -> None:
    found = check_contract(DAYS, Target(domain="shop", pipeline="any"), side, {})
    assert found.unkept == {"gold_shop.days": ()}
    assert "the type of gold_shop.days.takings" in {one.place for one in found.not_judged}
