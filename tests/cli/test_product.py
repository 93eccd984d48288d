"""`product list | export`, as docs/products.md says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.docs.pages import fenced
from tests.workbench.products.shop import DOMAIN, PAGE, edit, write_shop

from medallion.cli.__main__ import main

DOCUMENT = "products/shop.daily_sales.odps.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_shop(tmp_path).root


def product(root: Path, *words: str) -> int:
    return main(["product", *words, "--root", str(root)])


def test_products_are_listed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert product(root, "list") == 0
    shown = capsys.readouterr().out
    assert "shop.daily_sales" in shown and "gold_shop.days, silver_shop.shops" in shown
    assert product(root, "list", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)["products"]
    assert (one["id"], one["owner"]) == ("shop.daily_sales", "shop-data")


def test_a_project_without_products_says_where_they_are_declared(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / DOMAIN).write_text("description: A shop.\n")
    assert product(root, "list") == 0
    assert "`products` of its domain.yaml" in capsys.readouterr().out


def test_an_export_is_written_once_and_then_the_same(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert product(root, "export", "--check") == 1
    assert "has no document yet" in capsys.readouterr().out
    assert not (root / DOCUMENT).exists()
    assert product(root, "export") == 0
    assert capsys.readouterr().out == "shop.daily_sales: version 1.0.0, new\n"
    assert product(root, "export", "--check") == 0
    assert "as the specs are" in capsys.readouterr().out


def test_a_change_is_classified_as_the_page_shows(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    product(root, "export")
    edit(root, DOMAIN, ", silver_shop.shops", "")
    edit(root, DOMAIN, "26h", "12h")
    edit(root, DOMAIN, "deliveries and staff", "staff")
    capsys.readouterr()
    assert product(root, "export") == 0
    (page,) = fenced(PAGE, "text")
    # Without the silver table the product is of gold alone, which is no change to its readers.
    assert capsys.readouterr().out == page


def test_a_table_that_is_not_there_is_not_promised(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(root, DOMAIN, "silver_shop.shops", "silver_shop.shop")
    assert product(root, "export") == 1
    said = capsys.readouterr().err
    assert "no spec publishes silver_shop.shop (did you mean silver_shop.shops?)" in said
    assert not (root / DOCUMENT).exists()
    assert main(["validate", "--ci", "--root", str(root)]) == 1
    assert "[product-table]" in capsys.readouterr().out


def test_a_product_that_no_domain_has(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert product(root, "export", "shop.daily_sale") == 1
    assert "did you mean shop.daily_sales?" in capsys.readouterr().err


def test_a_document_whose_product_is_gone_is_named(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    product(root, "export")
    (root / DOMAIN).write_text("description: A shop.\n")
    capsys.readouterr()
    assert product(root, "export", "--check") == 1
    assert "no domain has this product" in capsys.readouterr().out


def test_a_file_that_is_something_else_is_not_overwritten(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "products").mkdir()
    (root / DOCUMENT).write_text("kind: DataContract\n")
    assert product(root, "export") == 1
    assert "is not a document of the Open Data Product Specification" in capsys.readouterr().err
    assert (root / DOCUMENT).read_text() == "kind: DataContract\n"


def test_a_domain_that_is_refused_is_no_domain_without_products(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    product(root, "export")
    edit(root, DOMAIN, "title:", "titel:")
    capsys.readouterr()
    for words in (["list"], ["export"], ["export", "--check"]):
        assert product(root, *words) == 1
        said = capsys.readouterr()
        assert "specs/shop/domain.yaml is refused, so its products are not known" in said.err
        assert said.out == ""
