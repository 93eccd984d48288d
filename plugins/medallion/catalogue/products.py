"""Data products as people see them: what a domain offers, with the state of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medallion.catalogue.declared import Declared, DeclaredPipeline
from medallion.catalogue.overview import TableRow, read_tables, with_details
from medallion.names import TableName
from medallion.spec.models.products import ProductSpec
from medallion.spec.models.sharing import is_shared_with
from medallion.warehouse.session.transaction import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductLine:
    """A product in a list."""

    domain: str
    name: str
    spec: ProductSpec
    owner: str

    @property
    def id(self) -> str:
        """`cinema.brands`."""
        return f"{self.domain}.{self.name}"

    @property
    def title(self) -> str:
        """What people call it."""
        return self.spec.title or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """A product with its tables.

    Attributes:
        contact: where readers ask; empty: nobody has said it.
        tables: those that the person may see.
        of_other_domains: how many are of domains that he may not see.
        missing: those that no spec publishes, or that are not shared with the domain.
    """

    line: ProductLine
    contact: str
    tables: Sequence[TableRow]
    of_other_domains: int
    missing: Sequence[str]


def list_products(declared: Declared, domains: frozenset[str]) -> list[ProductLine]:
    """The products of some domains, by their ids."""
    found = {
        (one.dag_id.domain, name): ProductLine(
            domain=one.dag_id.domain, name=name, spec=spec, owner=spec.owner or one.domain_owner
        )
        for one in declared.pipelines
        if one.dag_id.domain in domains
        for name, spec in one.products.items()
    }
    return [found[key] for key in sorted(found)]


def read_product(
    session: Session, declared: Declared, domains: frozenset[str], product_id: str
) -> ProductPage | None:
    """One product; None where no domain that the person may see has it.

    Args:
        domains: those that he may see.
    """
    line = next((one for one in list_products(declared, domains) if one.id == product_id), None)
    if line is None:
        return None
    offered = {name for name in line.spec.tables if _may_offer(declared, line.domain, name)}
    seen = frozenset(map(_domain_of, offered)) & domains
    rows = [one for one in read_tables(session, declared, seen) if one.name in offered]
    return ProductPage(
        line=line,
        contact=line.spec.support.contact or next(_contacts(declared, line.domain), ""),
        tables=with_details(session, rows),
        of_other_domains=sum(_domain_of(name) not in domains for name in offered),
        missing=[name for name in line.spec.tables if name not in offered],
    )


def _may_offer(declared: Declared, domain: str, name: str) -> bool:
    """Whether a table is published, and a domain may have it in a product."""
    table = declared.by_name.get(name)
    if table is None:
        return False
    shared = declared.tables[table].share_with
    return table.domain == domain or is_shared_with(
        domain, "public" if "public" in shared else shared
    )


def _domain_of(name: str) -> str:
    return TableName.parse(name).schema.partition("_")[2]


def _contacts(declared: Declared, domain: str) -> Iterator[str]:
    pipelines: Iterator[DeclaredPipeline] = (
        one for one in declared.pipelines if one.dag_id.domain == domain
    )
    for one in pipelines:
        yield from one.contacts
