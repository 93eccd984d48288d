"""A domain's page: its tables, who answers for them, what it shares, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from medallion.catalogue.declared import Declared, DeclaredPipeline
from medallion.catalogue.declared_table import DeclaredTable
from medallion.catalogue.overview import TableRow, read_tables, with_details
from medallion.catalogue.products import ProductLine, list_products
from medallion.warehouse.catalogue.domain import (
    KeptBytes,
    PipelineCost,
    Reader,
    costs,
    count_kept_bytes,
    readers,
)
from medallion.warehouse.session.transaction import Session

COST_OF = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalColumn:
    """A column with personal data, and how it is protected, in words."""

    table: str
    column: str
    protection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One domain as people see it. `costs`: of the last 30 days."""

    name: str
    description: str
    contacts: tuple[str, ...]
    pipelines: Sequence[DeclaredPipeline]
    tables: Sequence[TableRow]
    products: Sequence[ProductLine]
    personal: Sequence[PersonalColumn]
    readers: Sequence[Reader]
    costs: Sequence[PipelineCost]
    kept: KeptBytes

    @property
    def total(self) -> PipelineCost:
        """The sum of its pipelines' costs; `requests` is None where none of them counts any."""
        requests = [one.requests for one in self.costs if one.requests is not None]
        return PipelineCost(
            dag_id="",
            runs=sum(one.runs for one in self.costs),
            tasks=sum(one.tasks for one in self.costs),
            failed=sum(one.failed for one in self.costs),
            seconds=sum(one.seconds for one in self.costs),
            rows=sum(one.rows for one in self.costs),
            bytes_landed=sum(one.bytes_landed for one in self.costs),
            requests=sum(requests) if requests else None,
        )

    def read_by(self) -> Mapping[str, Sequence[str]]:
        """By reader (`role bi_reader`, `domain finance`), the tables that it may read."""
        found: dict[str, list[str]] = {}
        for one in self.readers:
            found.setdefault(f"{one.kind} {one.reader}", []).append(str(one.table.public))
        return found


def read_domain(session: Session, declared: Declared, name: str) -> Domain:
    """A domain with all its tables, from the specs that run and from the registry."""
    pipelines = [one for one in declared.pipelines if one.dag_id.domain == name]
    tables = [table for one in pipelines for table in one.tables]
    return Domain(
        name=name,
        description=next((one.domain_description for one in pipelines), ""),
        contacts=next((one.contacts for one in pipelines), ()),
        pipelines=pipelines,
        tables=with_details(session, read_tables(session, declared, frozenset({name}))),
        products=list_products(declared, frozenset({name})),
        personal=[column for table in tables for column in _personal(table)],
        readers=readers(session, name),
        costs=costs(session, [str(one.dag_id) for one in pipelines], COST_OF),
        kept=count_kept_bytes(session, name),
    )


def _personal(table: DeclaredTable) -> list[PersonalColumn]:
    name = str(table.table.public)
    return [
        PersonalColumn(table=name, column=column.name, protection=column.personal)
        for column in table.columns
        if column.personal
    ]
