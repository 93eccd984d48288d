"""What one run did, table by table."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.catalogue.shop import ROWS, SALES, Shop

from medallion.catalogue.run import RunPage, read_run
from medallion.run import Run
from medallion.warehouse.registry import approvals
from medallion.warehouse.registry.approvals import Question
from medallion.warehouse.session.transaction import session

ASKED = Question(
    why="the spec asks for it",
    write_disposition="replace",
    rows_before=None,
    version_before=None,
    rows_staged=3,
    rows_read=3,
    rows_quarantined=0,
    rows_deduplicated=0,
    rows_discarded=0,
)


def run_of(shop: Shop, run_id: str, *, is_over: bool = False) -> RunPage:
    with shop.session() as session:
        return read_run(session, shop.declared(), "shop.sales", run_id, is_over=is_over)


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
    assert (waiting.name, waiting.state) == ("silver_shop.sales", "running")
    (ended,) = run_of(shop, "scheduled__1", is_over=True).tables
    assert ended.state == "not published"


def test_a_table_that_a_person_is_asked_about_waits(shop: Shop) -> None:
    run_id = shop.run(0, None, "sales.land")
    day, next_day = (datetime(2026, 1, one, tzinfo=UTC) for one in (1, 2))
    run = Run(dag_id="shop.sales", run_id=run_id, interval_start=day, interval_end=next_day)
    with session(shop.url, "asking") as connection:
        number = approvals.ask(connection, run, SALES, "c0de", ASKED)
    (sales,) = run_of(shop, run_id).tables
    assert sales.state == "waits for approval"
    with session(shop.url, "answering") as connection:
        approvals.decide(connection, number, approvals.APPROVED, "ada", "")
    (sales,) = run_of(shop, run_id).tables
    assert sales.state == "running"


def test_a_run_that_nobody_knows_did_nothing(published: Shop) -> None:
    assert run_of(published, "scheduled__9").tables == []
