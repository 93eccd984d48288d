"""What a change of a product means for its readers, and which version follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workbench.products.shop import DOMAIN, edit, read_facts, write_shop

from medallion.workbench.products.changes import compare_products
from medallion.workbench.products.document import write_product
from medallion.workbench.products.keep import file_of, read_product, update_product

PATH = "products/shop.daily_sales.odps.yaml"


@pytest.mark.parametrize(
    ("old", "new", "said", "version"),
    [
        (", silver_shop.shops", "", "breaking: silver_shop.shops is not part of it any more", "2"),
        ("26h", "12h", "compatible: service level latency 1560 minutes → 720 minutes", "1.1"),
        ("26h", "2d", "breaking: service level latency 1560 minutes → 2 days", "2"),
        ("99.5", "99", "breaking: service level uptime 99.5 percent → 99 percent", "2"),
        ("99.5", "99.9", "compatible: service level uptime 99.5 percent → 99.9 percent", "1.1"),
        ("update_within: 26h, ", "", "breaking: service level latency is removed", "2"),
        ("days: 90", "days: 30", "breaking: terms, notice 90 days → 30 days", "2"),
        ("days: 90", "days: 120", "compatible: terms, notice 90 days → 120 days", "1.1"),
        ("Reports and", "No", "breaking: terms, usage, has other words", "2"),
        ("title: Sales by day", "status: retired", "breaking: status production → retired", "2"),
        ("title: Sales by day", "status: deprecated", "status production → sunset", "1.1"),
        ("Plan deliveries", "Plan", "wording: product has another purpose", "1.0.1"),
        ("name: Deliveries", "name: Tours", "wording: product has other consumers", "1.0.1"),
        ("owner: shop-data", "owner: others", "wording: product has another owner", "1.0.1"),
        ("#shop-data", "#shop", "wording: product has another support", "1.0.1"),
    ],
)  # fmt: skip
def test_each_change_has_its_level(
    tmp_path: Path, old: str, new: str, said: str, version: str
) -> None:
    root = write_shop(tmp_path).root
    (root / "products").mkdir()
    (root / PATH).write_text(update_product(read_facts(root), None).text)
    edit(root, DOMAIN, old, new)
    kept = update_product(read_facts(root), root / PATH)
    lines = [f"{one.level}: {one.place} {one.what}" for one in kept.changes]
    assert any(line.endswith(said) for line in lines), lines
    assert kept.version == version + ".0" * (2 - version.count("."))


def test_a_contract_that_breaks_breaks_its_product(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    contract = root / "contracts/gold_shop.days.odcs.yaml"
    contract.parent.mkdir()
    text = "kind: DataContract\napiVersion: v3.1.0\nid: gold_shop.days\nversion: "
    levels = []
    contract.write_text(f"{text}1.2.3\n")
    before = write_product(read_facts(root))
    for version in ("2.0.0", "1.3.0", "1.2.4", "1.2.3"):
        contract.write_text(f"{text}{version}\n")
        changes = compare_products(before, write_product(read_facts(root)))
        levels += [str(one.level) for one in changes] or ["same"]
    assert levels == ["breaking", "compatible", "wording", "same"]


def test_documents_of_any_other_form_are_compared_without_an_error() -> None:
    for other in ({}, {"product": []}, {"product": {"SLA": 1, "dataAccess": None, "details": "x"}}):
        assert compare_products(other, other) == ()


def test_a_file_is_the_same_until_something_changes(tmp_path: Path) -> None:
    root = write_shop(tmp_path).root
    path = root / file_of("shop.daily_sales")
    first = update_product(read_facts(root), path)
    assert (first.is_new, first.version) == (True, "1.0.0")
    path.write_text(first.text)
    assert update_product(read_facts(root), path).same
    assert read_product(path)["version"] == "4.1"
