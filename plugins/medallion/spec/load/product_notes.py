"""What is wrong with the data products of a domain: tables that nobody publishes or shares.

Only `validate`, `product` and the catalogue judge it: no pipeline waits for a product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from medallion.errors import Issue, SpecError
from medallion.names import Layer, TableName
from medallion.spec.files.loaded import LoadedSpec, LoadReport
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.files.spec_paths import DOMAIN_FILE
from medallion.spec.findings.finding import Finding, did_you_mean
from medallion.spec.findings.issues import issues_of
from medallion.spec.load.discover import discover
from medallion.spec.load.domain_file import load_domain
from medallion.spec.models.products import ProductSpec
from medallion.spec.models.sharing import ShareWith, is_shared_with


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainProducts:
    """The products of one domain's file, and what else of it concerns them."""

    domain: str
    products: Mapping[str, ProductSpec]
    owner: str = ""
    contacts: tuple[str, ...] = ()
    path: str = ""


def read_products(root: Path) -> Iterator[DomainProducts]:
    """The products of each domain that has any. Of a domain.yaml that is refused there are none.

    Args:
        root: the project's folder, resolved.
    """
    for folder, _ in discover(root).domains:
        try:
            spec = load_domain(folder, root).spec
        except SpecError:
            continue
        if spec.products:
            yield DomainProducts(
                domain=folder.name,
                products=spec.products,
                owner=spec.owner or "",
                contacts=spec.contacts,
                path=f"{SPECS_FOLDER}/{folder.name}/{DOMAIN_FILE}",
            )


def find_sharing(specs: Iterable[LoadedSpec]) -> dict[TableName, ShareWith]:
    """Each table that some specs publish, with the domains that may read it."""
    found: dict[TableName, ShareWith] = {}
    for spec in specs:
        domain = spec.dag_id.domain
        for name, dataset in spec.spec.datasets.items():
            table = TableName(f"{Layer.SILVER}_{domain}", name)
            found[table] = dataset.silver.share_with
        for name, gold in spec.spec.gold.items():
            found[TableName(f"{Layer.GOLD}_{domain}", name)] = gold.share_with
    return found


def product_notes(report: LoadReport, root: Path) -> Iterator[Issue]:
    """An issue for each table of a product that is not there, or not shared with the domain.

    Args:
        report: every spec of the project. What a refused one publishes is not known: products of
            its tables are not blamed for it.
        root: the project's folder, resolved.
    """
    known = find_sharing(report.specs)
    unsure = {Path(issue.path).parent.name for issue in report.issues}
    for one in read_products(root):
        found = list(find_wrong_tables(one, known, unsure))
        if found:
            try:
                data = read_bounded(root / one.path, root / SPECS_FOLDER)
            except (OSError, FileRefused):  # it is gone since
                continue
            yield from issues_of(found, one.path, data)


def find_wrong_tables(
    one: DomainProducts, known: Mapping[TableName, ShareWith], unsure: set[str]
) -> Iterator[Finding]:
    """What is wrong with the tables of a domain's products; `unsure`: domains of which not all
    tables are known."""
    for name, product in one.products.items():
        for at, text in enumerate(product.tables):
            table = TableName.parse(text)
            where = ("products", name, "tables", at)
            owner = table.schema.partition("_")[2]
            if text in product.tables[:at]:
                yield Finding(
                    where=where, rule="product-table", problem=f"{text} is there twice",
                    remedy="remove it once",
                )  # fmt: skip
            elif table not in known:
                if owner not in unsure:
                    yield Finding(
                        where=where, rule="product-table", problem=f"no spec publishes {text}",
                        remedy=did_you_mean(text, [str(other) for other in known]),
                    )  # fmt: skip
            elif owner != one.domain and not is_shared_with(one.domain, known[table]):
                yield Finding(
                    where=where,
                    rule="product-table-shared",
                    problem=f"{text} is not shared with the domain {one.domain}",
                    remedy=f"its owner adds `share_with: [{one.domain}]` in a spec of {owner}",
                )
