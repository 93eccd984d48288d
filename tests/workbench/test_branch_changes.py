"""What `check` says of data products and of the register of processing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.docs.pages import fenced
from tests.workbench.comparison.repository import Edit, commit_all, edited, git, write

from medallion.compiler.guard import share_guard
from medallion.roots import PROJECT_ROOT
from medallion.workbench.branch_changes import check, compare_sides
from medallion.workbench.comparison.changes import Comparison, Level
from medallion.workbench.comparison.sides import Side, read_side

SHOP, PEOPLE = "specs/shop/domain.yaml", "specs/people/domain.yaml"
SALES, CUSTOMERS = "specs/shop/sales.yaml", "specs/people/customers.yaml"
RATES = "specs/people/rates.yaml"
BORN = "born: {type: date, classification: {pii: birth_date, protect: drop}}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop of docs/products.md, and beside it the one of docs/governance.md as `people`."""
    root = tmp_path_factory.mktemp("branch") / "project"
    domain, spec = fenced(PROJECT_ROOT / "docs/products.md")[:2]
    write(root, SHOP, domain)
    write(root, SALES, spec)
    write(root, "include/sql/shop/days.sql", "select count(*) as shops from silver_shop.shops")
    domain, spec = fenced(PROJECT_ROOT / "docs/governance.md")[:2]
    write(root, PEOPLE, domain)
    write(root, CUSTOMERS, spec.replace("data/shop", "data/people"))
    sql = "select country, count(distinct customer) as customers from silver_people.customers"
    write(root, "include/sql/people/by_country.sql", f"{sql} group by 1")
    write(root, RATES, _RATES)
    write(root, ".gitignore", ".medallion/\n")
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit_all(root)
    return root


_RATES = """\
description: Rates.
datasets:
  rates:
    source: {type: file, path: include/data/people/rates.csv}
    silver: {columns: {country: {type: text}, who: {type: text}}}
"""


@pytest.fixture(scope="module")
def before(repository: Path) -> Side:
    side = read_side(repository)
    assert not side.refused, side.refused
    assert {one.domain for one in side.offers} == {"shop"}
    assert side.all_tables
    return side


def find(repository: Path, *edits: Edit) -> Comparison:
    """By way of git, as the command does."""
    with edited(repository, *edits):
        return check(repository, "main").found


def lines(found: Comparison, *starts: str) -> list[str]:
    return [
        f"{one.level} {one.subject}: {one.what}"
        for one in found.changes
        if one.kind.startswith(starts)
    ]


def test_a_side_compared_with_itself_says_nothing(before: Side) -> None:
    assert compare_sides(before, before, share_guard()).changes == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", silver_shop.shops", "", "breaking {}: silver_shop.shops is not part of it any more"),
        ("26h", "2d", "breaking {}: service level latency 1560 minutes → 2 days"),
        ("26h", "12h", "safe {}: service level latency 1560 minutes → 720 minutes"),
        ("Plan deliveries", "Plan", "safe {}: has another purpose"),
        ("  daily_sales:", "  sales_by_day:", "breaking {}: no domain offers it any more"),
    ],
)  # fmt: skip
def test_a_product_that_promises_something_else(
    repository: Path, old: str, new: str, said: str
) -> None:
    found = find(repository, (SHOP, old, new))
    assert said.format("product shop.daily_sales") in lines(found, "product_")
    broken = [one for one in found.changes if one.level is Level.BREAKING]
    assert found.is_breaking == said.startswith("breaking") == bool(broken)
    for one in broken:
        (consumer,) = one.impacts
        assert (consumer.name, consumer.contacts) == ("Deliveries", ("deliveries@example.org",))
        assert (one.contacts, consumer.place.path) == (("#shop-data",), SHOP)
        assert consumer.place.line > one.place.line > 0


def test_a_product_is_among_what_a_change_of_its_table_concerns(repository: Path) -> None:
    found = find(
        repository,
        (SALES, "name: {type: text}", "label: {from: name, type: text}"),
    )
    (gone,) = (one for one in found.changes if one.kind == "column_renamed")
    (product,) = (one for one in gone.impacts if one.kind == "data product")
    assert (product.name, product.how) == ("shop.daily_sales", "offers silver_shop.shops")
    assert (product.owner, product.contacts) == ("shop-data", ("#shop-data",))


def test_a_table_that_is_shared_no_longer_breaks_the_product_that_offers_it(
    repository: Path,
) -> None:
    offer = "[gold_shop.days, silver_people.rates]"
    text = (repository / RATES).read_text()
    shared = text.replace("silver: {", "silver: {share_with: [shop], ")
    assert lines(find(repository, (RATES, text, shared)), "product_") == []
    with edited(
        repository, (RATES, text, shared), (SHOP, "[gold_shop.days, silver_shop.shops]", offer)
    ):
        old = read_side(repository)
        assert not old.refused
    with edited(repository, (SHOP, "[gold_shop.days, silver_shop.shops]", offer)):
        found = compare_sides(old, read_side(repository), share_guard())
    ((what, then),) = [
        (one.what, one.then) for one in found.changes if one.kind == "product_table_lost"
    ]
    assert "silver_people.rates is not shared with the domain shop" in what
    assert "share_with: [shop]" in then


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (CUSTOMERS, "country: {type: text}", "country: {type: text}\n        phone: {type: text, "
         "classification: {pii: phone, protect: mask}}",
         "review processing people.customers: more personal data: "
         "silver_people.customers.phone (phone)"),
        (CUSTOMERS, f"        {BORN}\n", "",
         "safe processing people.customers: holds no longer silver_people.customers.born"),
        (CUSTOMERS, BORN, "born: {type: date}", "review processing people.customers: no longer "
         "classified as personal: silver_people.customers.born"),
        (CUSTOMERS, "grants: [bi_reader]", "grants: [bi_reader, auditors]",
         "review processing people.customers: who gets the data, too: role auditors"),
        (CUSTOMERS, "    exposures: {board: {type: dashboard, owner: bi-team}}\n", "",
         "safe processing people.customers: no longer gets the data: dashboard board (bi-team)"),
        (PEOPLE, "retention: 400d", "retention: 800d", "review processing people.customers: "
         "silver_people.customers is kept otherwise: landings 400 days, quarantine 90 days"),
        (PEOPLE, "legal_basis: contract", "legal_basis: legitimate_interests",
         f"review {PEOPLE}: the legal basis: contract → legitimate interests"),
        (PEOPLE, "transfers: [{to: United States, safeguard: standard contractual clauses}]",
         "transfers: []", f"review {PEOPLE}: the transfers abroad: United States (standard "
         "contractual clauses) → not said"),
        (RATES, "who: {type: text}",
         "who: {type: text, classification: {pii: name, protect: mask}}",
         "review processing people.rates: it processes personal data: name"),
        (CUSTOMERS, "", "", "review processing people.customers: its pipeline is gone, and with "
         "it what the register says of it"),
    ],
)  # fmt: skip
def test_what_the_register_says_otherwise_is_worth_a_look(
    repository: Path, file: str, old: str, new: str, said: str
) -> None:
    found = find(repository, (file, old, new))
    shown = lines(found, *_OF_THE_REGISTER)
    assert any(line.startswith(said) for line in shown), shown
    asked = [one for one in found.changes if one.kind.startswith(_OF_THE_REGISTER)]
    assert all(one.contacts == ("dpo@shop.example.org",) and one.place.path for one in asked)


_OF_THE_REGISTER = (
    "activity", "classification_removed", "personal_data", "recipient", "source_", "retention",
    "privacy",
)  # fmt: skip


def test_of_a_refused_file_nothing_is_known(repository: Path) -> None:
    found = find(
        repository,
        (SHOP, "owner: shop-data", "ownr: shop-data"),
        (CUSTOMERS, "description: Customers of the shop.", "descr: x"),
    )
    assert lines(found, "product_", *_OF_THE_REGISTER) == []
