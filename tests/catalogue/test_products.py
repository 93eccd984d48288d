"""Data products as people see them, by what they may see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.catalogue.shop import Shop

from medallion.catalogue.declared import Declared
from medallion.catalogue.products import ProductPage, list_products, read_product
from medallion.catalogue.state import State
from medallion.spec.models.products import ProductSpec

TAKINGS = ProductSpec(
    title="Takings",
    description="What was taken.",
    purpose="Plan.",
    tables=("gold_shop.totals", "silver_shop.sales", "silver_shop.gone"),
)


@pytest.fixture
def declared(published: Shop) -> Declared:
    """What the shop declares, as if its domain offered a product."""
    found = published.declared()
    offering = [replace(one, products={"takings": TAKINGS}) for one in found.pipelines]
    return replace(found, pipelines=tuple(offering))


def _read(shop: Shop, declared: Declared, *domains: str) -> ProductPage | None:
    with shop.session() as session:
        return read_product(session, declared, frozenset(domains), "shop.takings")


def test_a_product_has_its_tables_with_their_state(published: Shop, declared: Declared) -> None:
    (line,) = list_products(declared, frozenset({"shop"}))
    assert (line.id, line.title, line.owner) == ("shop.takings", "Takings", "shop-team")
    found = _read(published, declared, "shop")
    assert found is not None
    assert {one.name for one in found.tables} == {"gold_shop.totals", "silver_shop.sales"}
    assert all(one.state is not State.FAILED and one.rows for one in found.tables)
    assert (found.missing, found.of_other_domains) == (["silver_shop.gone"], 0)
    assert found.contact == "shop@example.org"


def test_who_may_not_see_the_domain_sees_no_product(published: Shop, declared: Declared) -> None:
    assert list_products(declared, frozenset({"till"})) == []
    assert _read(published, declared, "till") is None


def test_of_another_domains_table_only_its_number_is_shown(
    published: Shop, declared: Declared
) -> None:
    """The same pipelines, as if the product were another domain's: totals is shared, sales not."""
    (one,) = declared.pipelines
    moved = replace(one, dag_id=replace(one.dag_id, domain="till"), tables=())
    found = _read_moved(published, replace(declared, pipelines=(moved,)))
    assert (found.tables, found.of_other_domains) == ([], 1)
    assert found.missing == ["silver_shop.sales", "silver_shop.gone"]


def _read_moved(shop: Shop, declared: Declared) -> ProductPage:
    with shop.session() as session:
        found = read_product(session, declared, frozenset({"till"}), "till.takings")
    assert found is not None
    return found
