"""What accepted specs declare is read once, and again when others are accepted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.catalogue.shop import SALES, SPEC, TOTALS, Shop

from medallion.catalogue.declared import SpecShelf


def test_a_table_as_its_spec_and_domain_declare_it(shop: Shop) -> None:
    declared = shop.declared()
    sales, totals = declared.tables[SALES], declared.tables[TOTALS]
    assert (sales.owner, sales.contacts) == ("shop-team", ("shop@example.org",))
    assert "retail" in sales.tags
    assert sales.warn_after == timedelta(hours=26)
    assert sales.source == "file include/data/shop/sales.csv"
    assert sales.personal_columns == {"email"}
    assert totals.upstream == (SALES.public,)
    assert totals.share_with == ("public",)
    assert [one.url for one in totals.exposures] == ["https://bi.example.org/takings"]
    assert [one.table for one in declared.readers_of(SALES)] == [TOTALS]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{type: kafka, conn_id: broker, topic: orders}", "kafka orders"),
        ('{type: delta, location: "s3://lake@bucket/orders"}', "delta s3://lake@bucket/orders"),
        (
            '{type: iceberg, location: "s3://lake@bucket", catalog: house, table: a.orders}',
            "iceberg s3://lake@bucket (a.orders)",
        ),
        ("{type: database, conn_id: house, table: orders}", "database orders"),
    ],
)
def test_a_source_says_what_is_read(shop: Shop, source: str, said: str) -> None:
    spec = SPEC.replace("{type: file, format: csv, path: include/data/shop/sales.csv}", source)
    key = "primary_key: [sale_id]\n"
    shop.write(spec.replace(key, f"{key}      write_disposition: merge\n"))
    assert SpecShelf(shop.root).now().tables[SALES].source == said


def test_a_spec_is_read_again_once_another_version_is_accepted(shop: Shop) -> None:
    shelf = SpecShelf(shop.root)
    before = shelf.now()
    assert shelf.now() is before
    shop.write(SPEC.replace("One row per sale.", "One row per sale, till by till."))
    assert shelf.now().tables[SALES].description == "One row per sale, till by till."


def test_a_refused_spec_is_shown_in_the_version_that_runs(shop: Shop) -> None:
    shelf = SpecShelf(shop.root)
    (shop.root / "specs/shop/sales.yaml").write_text(SPEC.replace("datasets", "data_sets"))
    assert shelf.now().tables[SALES].description == "One row per sale."


def test_a_project_without_accepted_specs_declares_nothing(shop: Shop) -> None:
    assert SpecShelf(shop.root / "include").now().tables == {}


BOARD = """\
dashboards:
  board:
    title: The shop's board
    charts:
      rows: {type: table, title: Rows, table: totals, columns: [total]}
"""


def test_a_dashboard_of_a_spec_is_an_exposure_of_its_tables(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDALLION_SUPERSET_URL", "https://bi.example.org")
    shop.write(SPEC + BOARD)
    totals = SpecShelf(shop.root).now().tables[TOTALS]
    board = totals.exposures[-1]
    assert (board.type, board.name, board.domain) == ("dashboard", "board", "shop")
    assert board.url == "https://bi.example.org/superset/dashboard/shop-board/"
    assert board.description == "The shop's board"
    assert [one.name for one in totals.exposures_seen_in(frozenset(("shop",)))][-1] == "board"
    assert "board" not in [one.name for one in totals.exposures_seen_in(frozenset(("other",)))]


def test_a_table_says_what_the_licences_of_all_its_sources_ask_for(shop: Shop) -> None:
    shop.write(SPEC.replace("  sales:\n", "  sales:\n    attribution: The till's data\n", 1))
    declared = SpecShelf(shop.root).now()
    for table in (SALES, TOTALS):
        assert declared.tables[table].attributions == ("The till's data",)
