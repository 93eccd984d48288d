"""A domain as a whole."""

from __future__ import annotations

from tests.catalogue.shop import Shop

from medallion.catalogue.domain import read_domain


def test_products_contacts_readers_personal_data_and_cost(published: Shop) -> None:
    with published.session() as session:
        found = read_domain(session, published.declared(), "shop")
    assert (found.description, found.contacts) == ("What the shop sells.", ("shop@example.org",))
    assert len(found.tables) == 2
    assert found.read_by() == {"domain public": ["gold_shop.totals"]}
    assert [(one.table, one.column) for one in found.personal] == [("silver_shop.sales", "email")]
    total = found.total
    assert (total.runs, total.failed, total.requests) == (2, 0, None)
    assert total.seconds > 0
    assert total.bytes_landed > 0
    assert found.kept.lake > 0
    assert found.kept.warehouse > 0
