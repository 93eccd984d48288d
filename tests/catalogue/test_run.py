"""What one run did, table by table."""

from __future__ import annotations

from tests.catalogue.shop import ROWS, Shop

from medallion.catalogue.run import RunPage, read_run


def run_of(shop: Shop, run_id: str) -> RunPage:
    with shop.session() as session:
        return read_run(session, shop.declared(), "shop.sales", run_id)


def test_published_tables_with_rows_and_checks(published: Shop) -> None:
    sales, totals = run_of(published, "scheduled__1").tables
    assert (sales.name, sales.state) == ("silver_shop.sales", "quarantined")
    assert (sales.found.rows_read, sales.found.rows_quarantined) == (6, 2)
    assert sales.found.checks["quarantined"] == 1
    assert (totals.name, totals.state, totals.found.checks) == ("gold_shop.totals", "published", {})
    assert totals.found.version == 2


def test_a_shut_gate_and_a_run_that_goes_on(shop: Shop) -> None:
    run_id = shop.run(0, ROWS[:1])
    (sales,) = run_of(shop, run_id).tables
    assert (sales.name, sales.state) == ("silver_shop.sales", "failed")
    assert sales.found.last_task == "sales.gate_silver"
    assert sales.found.checks["failed"] == 1
    (waiting,) = run_of(shop, shop.run(1, None, "sales.land")).tables
    assert (waiting.name, waiting.state) == ("silver_shop.sales", "going on")


def test_a_run_that_nobody_knows_did_nothing(published: Shop) -> None:
    assert run_of(published, "scheduled__9").tables == []
