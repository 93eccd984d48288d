"""The lineage graph: what is connected, and what a person may not see."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.catalogue.shop import TOTALS, Shop, make_shop

from medallion.catalogue.lineage import Lineage, Node, NodeKind, read_lineage
from medallion.catalogue.state import State
from medallion.compiler.project import load_project
from medallion.names import PublishedTable

OTHERS = """\
description: What others make of it.
owner: others
gold:
  secret_report:
    description: Nobody else knows of it.
    sql: secret_report.sql
    share_with: public
    exposures:
      secret_board: {type: dashboard, url: "https://bi.example.org/secret"}
"""
MORE = """\
description: What the shop makes of the others' report.
owner: shop-team
gold:
  more:
    description: Both together.
    sql: more.sql
"""


@pytest.fixture(scope="module")
def two_domains(tmp_path_factory: pytest.TempPathFactory, module_warehouse_db: str) -> Shop:
    """The shop, another domain that reads its totals, and a table of the shop that reads that."""
    shop = make_shop(tmp_path_factory.mktemp("two") / "project", module_warehouse_db)
    write(shop.root, "other/report", OTHERS, "select total as gains from gold_shop.totals")
    joined = "select t.total, r.gains from gold_shop.totals t, gold_other.secret_report r"
    write(shop.root, "shop/more", MORE, joined)
    project = load_project(shop.root, until=time.monotonic() + 60)
    assert not project.issues, project.issues
    return shop


def write(root: Path, name: str, spec: str, sql: str) -> None:
    domain, _, pipeline = name.partition("/")
    for folder in (f"specs/{domain}", f"include/sql/{domain}"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / f"specs/{name}.yaml").write_text(spec)
    table = "secret_report" if pipeline == "report" else pipeline
    (root / f"include/sql/{domain}/{table}.sql").write_text(sql)


def lineage_of(shop: Shop, *domains: str, focus: PublishedTable | None = None) -> Lineage:
    with shop.session() as session:
        return read_lineage(session, shop.declared(), frozenset(domains), focus)


def node(found: Lineage, name: str) -> Node:
    return next(one for one in found.nodes if one.id == name)


def lines(found: Lineage) -> set[tuple[str, str]]:
    return {(edge.before, edge.after) for edge in found.edges}


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
    report = PublishedTable(layer=TOTALS.layer, domain="other", name="secret_report")
    found = lineage_of(two_domains, "shop", "other", focus=report)
    assert "takings" not in {one.name for one in found.nodes}, "it is only beside it"


def test_a_focus_that_is_not_there_has_no_lineage(two_domains: Shop) -> None:
    nobody = PublishedTable(layer=TOTALS.layer, domain="shop", name="nothing")
    assert lineage_of(two_domains, "shop", focus=nobody).nodes == []


def test_nobody_sees_nothing(two_domains: Shop) -> None:
    assert lineage_of(two_domains).nodes == []
