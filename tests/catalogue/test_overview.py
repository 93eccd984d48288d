"""The overview of real publications: states in one word, what needs somebody first."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.catalogue.shop import ROWS, SALES, SPEC, TOTALS, Shop, make_shop
from tests.steps.staged import query

from medallion.catalogue.overview import Filters, TableRow, overview, read_tables, with_details
from medallion.catalogue.state import State
from medallion.operations.drop_quarantine import drop_chosen_rows
from medallion.warehouse.quarantine.chosen import Chosen

SHOP = frozenset({"shop"})


def rows_of(shop: Shop, domains: frozenset[str] = SHOP) -> dict[str, TableRow]:
    with shop.session() as session:
        rows = with_details(session, read_tables(session, shop.declared(), domains))
    return {row.name: row for row in rows}


def test_figures_and_trend_of_published_tables(published: Shop) -> None:
    rows = rows_of(published)
    sales = rows["silver_shop.sales"]
    assert (sales.rows, sales.rows_quarantined, sales.trend) == (4, 2, (4, 4))
    assert sales.quarantine_open == 4
    assert (sales.owner, sales.description) == ("shop-team", "One row per sale.")
    assert sales.state is State.QUARANTINE
    assert sales.why == "2 of 6 rows of the last run are in quarantine (33 %)"
    assert rows["gold_shop.totals"].state is State.FRESH


def test_a_table_whose_quarantine_was_dropped_needs_nobody(shop: Shop) -> None:
    shop.run(0)
    asked = "SELECT quarantine_id FROM quarantine_silver_shop.sales"
    first, second = (int(str(number)) for (number,) in query(shop.url, asked))
    drop_chosen_rows(shop.url, SALES, Chosen(row_ids=(first,)))
    sales = rows_of(shop)["silver_shop.sales"]
    assert sales.state is State.QUARANTINE
    assert sales.why == ("2 of 6 rows of the last run went to quarantine (33 %), 1 is still in it")
    drop_chosen_rows(shop.url, SALES, Chosen(row_ids=(second,)))
    sales = rows_of(shop)["silver_shop.sales"]
    assert (sales.state, sales.why, sales.rows_quarantined) == (State.FRESH, "", 2)


def test_a_person_sees_the_tables_of_his_domains_alone(published: Shop) -> None:
    assert rows_of(published, frozenset()) == {}
    assert rows_of(published, frozenset({"other"})) == {}


def test_before_the_first_run_tables_are_unpublished(shop: Shop) -> None:
    rows = rows_of(shop)
    assert {row.state for row in rows.values()} == {State.UNPUBLISHED}
    assert rows["silver_shop.sales"].rows is None


def test_a_shut_gate_is_a_failed_table_with_the_reason(shop: Shop) -> None:
    shop.run(0)
    shop.run(1, ["1,10.00,"])
    sales = rows_of(shop)["silver_shop.sales"]
    assert sales.state is State.FAILED
    assert sales.why.startswith("sales.gate_silver failed: ")
    assert sales.rows == 4, "readers still have the version before"
    shop.run(2)
    assert rows_of(shop)["silver_shop.sales"].state is State.QUARANTINE


def test_a_gold_table_older_than_what_it_reads_is_stale(shop: Shop) -> None:
    clean = [row for row in ROWS if row[0] in "1256"]
    shop.run(0, clean)
    assert rows_of(shop)["gold_shop.totals"].state is State.FRESH
    silver = [f"sales.{name}" for name in ("land", "gate_bronze", "clean", "gate_silver")]
    shop.run(1, clean, *silver, "sales.publish")
    totals = rows_of(shop)["gold_shop.totals"]
    assert totals.state is State.STALE
    assert totals.why.startswith("older than silver_shop.sales since ")


def test_a_changed_spec_and_a_table_of_no_spec_are_superseded(shop: Shop) -> None:
    clean = [row for row in ROWS if row[0] in "1256"]
    shop.run(0, clean)
    shop.write(SPEC.replace("One row per sale.", "One row per sale!"))
    assert rows_of(shop)["silver_shop.sales"].state is State.SUPERSEDED
    shop.write(SPEC.partition("gold:")[0])
    totals = rows_of(shop)["gold_shop.totals"]
    assert (totals.state, totals.why) == (
        State.SUPERSEDED,
        "no spec that runs declares it any more",
    )


def test_filters_search_and_pages(published: Shop) -> None:
    by_name = rows_of(published)
    rows = list(by_name.values())
    with published.session() as session:
        lines = read_tables(session, published.declared(), SHOP)
    shown = partial(overview, lines, detailed=lambda found: [by_name[one.name] for one in found])
    assert [line.name for line in lines] == ["silver_shop.sales", "gold_shop.totals"]
    assert [title for title, _, _ in shown(Filters()).groups()] == ["Needs you", "shop"]
    assert shown(Filters(text="TAKEN shop-team")).rows == (rows[1],)
    assert shown(Filters(state="attention")).rows == (rows[0],)
    assert shown(Filters(layer="gold", state="fresh")).found == 1
    nothing = shown(Filters(domain="other"), page=7)
    assert (nothing.rows, nothing.page, nothing.pages) == ((), 1, 1)
    counted = shown(Filters(state="fresh"))
    assert counted.counts == {State.QUARANTINE: 1, State.FRESH: 1}
    assert counted.attention == 1
    searched = shown(Filters(text="taken"))
    assert (searched.found, searched.attention, searched.total) == (1, 1, 2), (
        "a search calms nobody"
    )


def test_one_dag_alone(published: Shop) -> None:
    with published.session() as session:
        known = published.declared()
        assert len(read_tables(session, known, SHOP, "shop.sales")) == 2
        assert read_tables(session, known, SHOP, "shop.other") == []


def test_a_domain_never_seen_has_no_tables(tmp_path: Path, warehouse_db: str) -> None:
    empty = make_shop(tmp_path / "p", warehouse_db)
    assert {name.partition("_")[0] for name in rows_of(empty)} == {"silver", "gold"}
    assert TOTALS in empty.declared().tables
    assert SALES in empty.declared().tables
