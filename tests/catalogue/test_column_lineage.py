"""The lineage of columns: where each comes from, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.catalogue.shop import SALES, TOTALS, Shop

from medallion.catalogue.column_lineage import (
    NO_COLUMN,
    ColumnLineage,
    ColumnName,
    ColumnOrigins,
    column_lineage,
)
from medallion.catalogue.declared_table import DeclaredTable, tables_of
from medallion.catalogue.table import read_column_lineage, read_head
from medallion.names import PublishedTable
from medallion.plan.settings import settings_of
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader

ROOT = Path(__file__).parents[2]
MORE = PublishedTable(layer=TOTALS.layer, domain="shop", name="more")


def lineage_of(shop: Shop, table: PublishedTable, *domains: str) -> dict[str, ColumnLineage]:
    with shop.session() as session:
        known = shop.declared()
        head = read_head(session, known, table)
        assert head is not None
        found = read_column_lineage(session, known, head, frozenset(domains))
    return {one.column: one for one in found}


def test_from_the_field_to_the_tables_that_are_made_of_it(published: Shop) -> None:
    amount = lineage_of(published, SALES, "shop")["amount"]
    assert amount.fields == ("amount",)
    assert amount.used_by == (ColumnName(table="gold_shop.totals", column="total"),)
    totals = lineage_of(published, TOTALS, "shop")
    assert totals["total"] == ColumnLineage(
        column="total", comes_from=(ColumnName(table="silver_shop.sales", column="amount"),)
    )
    assert totals["sales"].unknown == (NO_COLUMN,)
    assert list(totals) == ["sales", "total"]


def test_across_domains_that_a_person_may_see(two_domains: Shop) -> None:
    total = lineage_of(two_domains, TOTALS, "shop", "other")["total"]
    assert total.used_by == (
        ColumnName(table="gold_other.secret_report", column="gains"),
        ColumnName(table="gold_shop.more", column="total"),
    )
    gains = lineage_of(two_domains, MORE, "shop", "other")["gains"]
    assert gains.comes_from == (ColumnName(table="gold_other.secret_report", column="gains"),)
    assert gains.is_copy


def test_of_columns_of_another_domain_it_says_only_that_there_are_some(two_domains: Shop) -> None:
    total = lineage_of(two_domains, TOTALS, "shop")["total"]
    assert total.used_by == (ColumnName(table="gold_shop.more", column="total"),)
    assert total.used_by_another_domain
    gains = lineage_of(two_domains, MORE, "shop")["gains"]
    assert (gains.comes_from, gains.comes_from_another_domain) == ((), True)
    assert "secret" not in str((total, gains))


@pytest.fixture(scope="module")
def shipped() -> dict[str, DeclaredTable]:
    """The tables of the shipped specs."""
    found = {}
    for path in sorted(ROOT.glob("specs/*/*.yaml")):
        if path.stem != "domain":
            loaded = load_spec(path, ROOT, sql_reader(ROOT))
            settings = settings_of(loaded.spec, loaded.domain, (), loaded.calendar)
            found |= {str(one.table.public): one for one in tables_of(loaded, settings)}
    return found


def shipped_lineage(shipped: dict[str, DeclaredTable], name: str) -> dict[str, ColumnLineage]:
    readers = [one for one in shipped.values() if name in map(str, one.upstream)]
    domains = frozenset({"cinema", "finance"})
    found = column_lineage(shipped[name], readers, ColumnOrigins(shipped), domains)
    return {one.column: one for one in found}


def names(columns: tuple[ColumnName, ...]) -> list[str]:
    return [f"{one.table}.{one.column}" for one in columns]


def test_a_computed_column_of_silver_comes_from_the_fields_behind_it(
    shipped: dict[str, DeclaredTable],
) -> None:
    transactions = shipped_lineage(shipped, "silver_finance.transactions")
    assert transactions["booked_on"].fields == ("Date",)
    assert transactions["amount"].fields == ("Montant",)
    assert "gold_finance.operations.amount_eur" in names(transactions["amount"].used_by)
    assert transactions["kind"].used_by == (
        ColumnName(table="gold_finance.operations", column="kind"),
    )
    customers = shipped_lineage(shipped, "silver_finance.customers")
    assert customers["initial"].fields == ("last_name",)
    assert "last_name" not in customers, "it is not in the table"


def test_a_looked_up_column_comes_from_the_other_table_too(
    shipped: dict[str, DeclaredTable],
) -> None:
    looked_up = [
        (name, one.column, names(one.comes_from))
        for name in shipped
        if name.startswith("silver_cinema")
        for one in shipped_lineage(shipped, name).values()
        if one.comes_from
    ]
    assert {(table, column, *sources) for table, column, sources in looked_up} >= LOOKED_UP
    titles = shipped_lineage(shipped, "silver_cinema.genres")["name"]
    assert "silver_cinema.movies.genres" in names(titles.used_by)


LOOKED_UP = {
    (
        "silver_cinema.movies",
        "genres",
        "silver_cinema.genres.genre_id",
        "silver_cinema.genres.name",
    ),
}


def test_every_column_of_every_shipped_table_can_be_told(
    shipped: dict[str, DeclaredTable],
) -> None:
    assert len(shipped) >= 14
    for name in shipped:
        for column, one in shipped_lineage(shipped, name).items():
            assert one.fields or one.comes_from or one.unknown == (NO_COLUMN,), (name, column)


def test_a_select_that_nests_too_deep_says_so_of_each_published_column() -> None:
    loaded = load_spec(ROOT / "specs/finance/fraud.yaml", ROOT, sql_reader(ROOT))
    settings = settings_of(loaded.spec, loaded.domain, (), loaded.calendar)
    table = next(iter(tables_of(loaded, settings)))
    deep = replace(table, outline=None)
    (found,) = column_lineage(
        deep, [], ColumnOrigins({str(deep.table.public): deep}), frozenset(), ["because"]
    )
    assert found.unknown == ("its SELECT nests too deep to be followed",)
