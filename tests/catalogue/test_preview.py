"""The first rows, as the domain's role reads them."""

from __future__ import annotations

from tests.catalogue.shop import SALES, TOTALS, Shop

from medallion.catalogue.declared import Declared
from medallion.catalogue.table import read_preview


def test_rows_without_the_columns_of_personal_data(published: Shop) -> None:
    shown = read_preview(published.url, published.declared(), SALES, None)
    assert shown.why_not == ""
    assert shown.hidden == ["email"]
    assert "email" not in shown.columns
    at = shown.columns.index("sale_id")
    assert sorted(str(row[at]) for row in shown.rows) == ["1", "5", "6", "7"]
    totals = read_preview(published.url, published.declared(), TOTALS, None)
    assert totals.rows[0][0] == "4"


def test_a_table_of_no_spec_shows_no_rows(published: Shop) -> None:
    shown = read_preview(published.url, Declared(), SALES, None)
    assert "nobody says what is personal in it" in shown.why_not


def test_without_a_role_for_the_domain_it_says_so(shop: Shop) -> None:
    shown = read_preview(shop.url, shop.declared(), SALES, None)
    assert shown.rows == ()
    assert shown.why_not
