"""A shop with a product, and what is read of it."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import Project, fenced

from medallion.roots import PROJECT_ROOT
from medallion.workbench.comparison.sides import read_side
from medallion.workbench.products.document import ProductFacts
from medallion.workbench.products.facts import collect_products

DOMAIN, SPEC = "specs/shop/domain.yaml", "specs/shop/sales.yaml"
PAGE = PROJECT_ROOT / "docs" / "products.md"


def write_shop(root: Path) -> Project:
    """The project of docs/products.md, on no warehouse."""
    project = Project(root=root, url="")
    domain, spec = fenced(PAGE)[:2]
    project.write(DOMAIN, domain)
    project.write(SPEC, spec)
    project.write("include/sql/shop/days.sql", "select count(*) as shops from silver_shop.shops")
    project.write("include/data/shop/shops.csv", "id,name\n1,North\n")
    return project


def read_facts(root: Path) -> ProductFacts:
    """Of the shop's one product."""
    (found,) = collect_products(read_side(root), root / "contracts")
    return found


def edit(root: Path, path: str, old: str, new: str) -> None:
    """Change a text of a file that is in it once."""
    file = root / path
    text = file.read_text()
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new))
