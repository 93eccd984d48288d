"""The first rows, as the domain's role reads them."""

from __future__ import annotations

import psycopg
from psycopg import sql
from tests.catalogue.shop import SALES, TOTALS, Shop

from medallion.catalogue.declared import Declared
from medallion.catalogue.table import read_preview
from medallion.names import worker_of


def test_rows_without_the_columns_of_personal_data(published: Shop) -> None:
    shown = read_preview(published.url, published.declared(), SALES, None)
    assert shown.why_not == ""
    assert shown.hidden == ["email"]
    assert "email" not in shown.columns
    at = shown.columns.index("sale_id")
    assert sorted(str(row[at]) for row in shown.rows) == ["1", "5", "6", "7"]
    totals = read_preview(published.url, published.declared(), TOTALS, None)
    assert totals.rows[0][0] == "4"


def test_a_table_that_was_published_for_the_first_time_is_shown(published: Shop) -> None:
    """No step has run since, that would have given the domain's role the right to it."""
    with psycopg.connect(published.url) as connection:
        role = worker_of("shop", connection.info.dbname)
        connection.execute(
            sql.SQL("REVOKE SELECT ON gold_shop.totals FROM {}").format(sql.Identifier(role))
        )
    totals = read_preview(published.url, published.declared(), TOTALS, None)
    assert (totals.why_not, totals.rows[0][0]) == ("", "4")


def test_a_table_of_no_spec_shows_no_rows(published: Shop) -> None:
    shown = read_preview(published.url, Declared(), SALES, None)
    assert "nobody says what is personal in it" in shown.why_not


def test_without_a_role_for_the_domain_it_says_so(shop: Shop) -> None:
    shown = read_preview(shop.url, shop.declared(), SALES, None)
    assert shown.rows == ()
    assert shown.why_not
