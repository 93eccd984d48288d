"""A domain's page: its tables, who answers for them, what it shares and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from medallion.catalogue.declared import Declared, DeclaredPipeline
from medallion.catalogue.overview import TableRow, read_tables
from medallion.warehouse.session.transaction import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One domain as people see it."""

    name: str
    description: str
    contacts: tuple[str, ...]
    pipelines: Sequence[DeclaredPipeline]
    tables: Sequence[TableRow]


def read_domain(session: Session, declared: Declared, name: str) -> Domain:
    """A domain with all its tables."""
    pipelines = [one for one in declared.pipelines if one.dag_id.domain == name]
    return Domain(
        name=name,
        description=next((one.domain_description for one in pipelines), ""),
        contacts=next((one.contacts for one in pipelines), ()),
        pipelines=pipelines,
        tables=read_tables(session, declared, frozenset({name})),
    )
