"""What the document of a product is made of: its domain's file, its tables, their contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from medallion.catalogue.declared_table import DeclaredTable
from medallion.errors import Issue, SetupError
from medallion.spec.files.loaded import LoadReport
from medallion.spec.load.product_notes import DomainProducts, product_notes
from medallion.workbench.comparison.sides import Side
from medallion.workbench.contracts.document import file_name
from medallion.workbench.contracts.keep import read_contract
from medallion.workbench.products.document import ProductFacts, ProductTable


def collect_products(
    side: Side, contracts: Path, tables: Mapping[str, DeclaredTable] | None = None
) -> Iterator[ProductFacts]:
    """Each product of a project, in the order of its domains.

    Args:
        side: the project; its files are read.
        contracts: the folder of the tables' contracts; it need not be there.
        tables: those that are there, by name; by default of the valid specs.
    """
    known = side.tables if tables is None else tables
    for one in side.offers:
        for name in one.products:
            yield _facts(one, name, known, contracts)


def find_product_issues(side: Side) -> list[Issue]:
    """What is wrong with the tables of products, as `validate` says it."""
    issues = tuple(issue for found in side.refused.values() for issue in found)
    report = LoadReport(specs=tuple(side.specs.values()), issues=issues)
    return list(product_notes(report, side.root))


def _facts(
    one: DomainProducts, name: str, known: Mapping[str, DeclaredTable], contracts: Path
) -> ProductFacts:
    spec = one.products[name]
    tables = tuple(
        ProductTable(
            declared=known[table], contract=_contract_version(contracts / file_name(table))
        )
        for table in spec.tables
        if table in known
    )
    return ProductFacts(
        domain=one.domain,
        name=name,
        spec=spec,
        owner=spec.owner or one.owner,
        contact=spec.support.contact or next(iter(one.contacts), ""),
        tables=tables,
        path=one.path,
    )


def _contract_version(path: Path) -> str:
    """Of the contract in a file; empty where there is none, or it cannot be read."""
    if not path.exists():
        return ""
    try:
        return str(read_contract(path).get("version", ""))
    except SetupError:
        return ""
