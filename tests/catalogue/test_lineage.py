"""The lineage graph: what is connected, and what a person may not see."""

from __future__ import annotations

from tests.catalogue.shop import TOTALS, Shop

from medallion.catalogue.lineage import Lineage, Node, NodeKind, read_lineage
from medallion.catalogue.state import State
from medallion.names import PublishedTable


def lineage_of(shop: Shop, *domains: str, focus: PublishedTable | None = None) -> Lineage:
    with shop.session() as session:
        return read_lineage(session, shop.declared(), frozenset(domains), focus)


def node(found: Lineage, name: str) -> Node:
    return next(one for one in found.nodes if one.id == name)


def lines(found: Lineage) -> set[tuple[str, str]]:
    return {(edge.before, edge.after) for edge in found.edges}


REPORT = PublishedTable(layer=TOTALS.layer, domain="other", name="secret_report")
SALES_FILE = "source file include/data/shop/sales.csv"


def test_from_the_source_to_the_dashboard(published: Shop) -> None:
    found = lineage_of(published, "shop")
    assert lines(found) == {
        (SALES_FILE, "silver_shop.sales"),
        ("silver_shop.sales", "gold_shop.totals"),
        ("gold_shop.totals", "dashboard takings https://bi.example.org/takings"),
    }
    source = node(found, SALES_FILE)
    assert (source.kind, source.name, source.about) == (
        NodeKind.SOURCE, "include/data/shop/sales.csv", "file",
    )  # fmt: skip
    sales = node(found, "silver_shop.sales")
    assert sales.state is State.QUARANTINE
    assert "are in quarantine" in sales.why
    assert node(found, "dashboard takings https://bi.example.org/takings").owner == "bi-team"


def test_who_may_see_both_domains_sees_every_name(two_domains: Shop) -> None:
    found = lineage_of(two_domains, "shop", "other")
    assert ("gold_shop.totals", "gold_other.secret_report") in lines(found)
    assert ("gold_other.secret_report", "gold_shop.more") in lines(found)
    assert not [one for one in found.nodes if one.kind is NodeKind.ANOTHER_DOMAIN]


def test_of_a_domain_that_he_may_not_see_a_person_learns_no_name_and_no_number(
    two_domains: Shop,
) -> None:
    found = lineage_of(two_domains, "shop")
    assert "secret" not in str(found)
    assert "other." not in str(found)
    elsewhere = [one for one in found.nodes if one.kind is NodeKind.ANOTHER_DOMAIN]
    assert {one.name for one in elsewhere} == {"another domain"}
    assert ("another domain before gold_shop.more", "gold_shop.more") in lines(found)
    assert ("gold_shop.totals", "another domain after gold_shop.totals") in lines(found)
    assert len(elsewhere) == 2, "that the same table is meant, nobody can tell"


def test_the_others_see_none_of_the_shop(two_domains: Shop) -> None:
    found = lineage_of(two_domains, "other")
    assert {one.id for one in found.nodes if one.kind is NodeKind.TABLE} == {
        "gold_other.secret_report"
    }
    assert "totals" not in str(found)
    assert "sales" not in str(found)


def test_one_table_with_what_it_has_to_do_with(two_domains: Shop) -> None:
    found = lineage_of(two_domains, "shop", "other", focus=TOTALS)
    assert found.focus == "gold_shop.totals"
    assert {one.name for one in found.nodes} == {
        "include/data/shop/sales.csv", "sales", "totals", "takings", "secret_report", "more",
        "secret_board",
    }  # fmt: skip
    found = lineage_of(two_domains, "shop", "other", focus=REPORT)
    assert "takings" not in {one.name for one in found.nodes}, "it is only beside it"


def column_lines(found: Lineage) -> set[str]:
    return {
        f"{one.before}.{one.from_column} {'=' if one.is_copy else '→'} {one.after}.{one.column}"
        for one in found.columns
    }


def test_one_domain_with_what_is_right_beside_it(two_domains: Shop) -> None:
    found = lineage_of(two_domains, "shop", "other").of_domain("other")
    assert {one.name for one in found.nodes} == {"totals", "secret_report", "secret_board", "more"}
    assert found.domain == "other"
    assert ("gold_shop.totals", "gold_other.secret_report") in lines(found)
    assert (SALES_FILE, "silver_shop.sales") not in lines(found)


def test_which_column_is_made_of_which_where_that_is_asked_for(two_domains: Shop) -> None:
    with two_domains.session() as session:
        known, both = two_domains.declared(), frozenset({"shop", "other"})
        everything = read_lineage(session, known, both, with_columns=True)
        shop = read_lineage(session, known, frozenset({"shop"}), with_columns=True)
        report = read_lineage(session, known, both, REPORT, with_columns=True)
    assert lineage_of(two_domains, "shop").columns == ()
    own = {
        f"{SALES_FILE}.sale_id → silver_shop.sales.sale_id",
        f"{SALES_FILE}.amount → silver_shop.sales.amount",
        f"{SALES_FILE}.email → silver_shop.sales.email",
        "silver_shop.sales.amount → gold_shop.totals.total",
        "gold_shop.totals.total = gold_shop.more.total",
    }
    assert column_lines(shop) == own
    assert column_lines(everything) == own | {
        "gold_shop.totals.total = gold_other.secret_report.gains",
        "gold_other.secret_report.gains = gold_shop.more.gains",
    }
    assert column_lines(report) <= column_lines(everything)


def test_a_focus_that_is_not_there_has_no_lineage(two_domains: Shop) -> None:
    nobody = PublishedTable(layer=TOTALS.layer, domain="shop", name="nothing")
    assert lineage_of(two_domains, "shop", focus=nobody).nodes == []


def test_nobody_sees_nothing(two_domains: Shop) -> None:
    assert lineage_of(two_domains).nodes == []
