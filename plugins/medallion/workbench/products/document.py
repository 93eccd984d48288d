"""A data product as a document of the Open Data Product Specification, 4.1.

Of the standards for data products it is the one that is maintained with a published schema in a
package: Open Data Products of the Linux Foundation, https://opendataproducts.org. Nothing in a
document depends on the day or the machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from medallion.catalogue.declared_table import DeclaredTable
from medallion.durations import duration
from medallion.names import Layer
from medallion.spec.models.products import ProductSpec

SCHEMA = "https://opendataproducts.org/v4.1/schema/odps.json"
VERSION = "4.1"
FIRST_VERSION = "1.0.0"
ENDING = ".odps.yaml"
LANGUAGE = "en"
_WIDTH = 100
_STATUS = {"draft": "draft", "active": "production", "deprecated": "sunset", "retired": "retired"}

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTable:
    """A table of a product, and the version of its contract; empty: it has none in a file."""

    declared: DeclaredTable
    contract: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """A product with what its domain and its tables say besides; `path`: of its domain.yaml."""

    domain: str
    name: str
    spec: ProductSpec
    owner: str
    contact: str
    tables: tuple[ProductTable, ...]
    path: str = ""

    @property
    def id(self) -> str:
        """`cinema.brands`."""
        return f"{self.domain}.{self.name}"


def write_product(facts: ProductFacts, *, version: str = FIRST_VERSION) -> Document:
    """The document, with keys in the order in which people read them."""
    product = {
        "details": {LANGUAGE: _details(facts, version)},
        "contract": _contracts(facts.tables),
        "SLA": _levels(facts),
        "license": _terms(facts.spec),
        "dataAccess": {str(one.declared.table.public): _access(one) for one in facts.tables},
        "dataHolder": _holder(facts),
    }
    said = {key: value for key, value in product.items() if value}
    return {"schema": SCHEMA, "version": VERSION, "product": said}


def render_product(document: Mapping[str, Any]) -> str:
    """The document as YAML."""
    return yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=_WIDTH)


def _details(facts: ProductFacts, version: str) -> Document:
    spec = facts.spec
    layers = {one.declared.table.layer for one in facts.tables}
    said: Document = {
        "name": spec.title or facts.name,
        "productID": facts.id,
        "visibility": "organisation",
        "status": _STATUS[spec.status],
        "type": "derived data" if layers == {Layer.GOLD} else "dataset",
        "productVersion": version,
        "description": spec.description,
        "valueProposition": spec.purpose,
        "categories": [facts.domain],
        "tags": list(spec.tags),
        "useCases": [
            {
                "useCase": {
                    key: text
                    for key, text in (
                        ("useCaseTitle", one.name), ("useCaseDescription", one.purpose),
                    )
                    if text
                }
            }
            for one in spec.consumers
        ],
    }  # fmt: skip
    return {key: value for key, value in said.items() if value}


def _contracts(tables: Sequence[ProductTable]) -> Document:
    """The contract of each table, by its id. The standard has room for one: ours are its `spec`."""
    known = [
        {"id": str(one.declared.table.public), "version": one.contract}
        for one in tables
        if one.contract
    ]
    if not known:
        return {}
    return {"type": "ODCS", "contractVersion": "v3.1.0", "spec": {"contracts": known}}


def _levels(facts: ProductFacts) -> Document:
    said, asked = facts.spec.levels, facts.spec.support
    dimensions: list[Document] = []
    for name, length, about in (
        ("latency", said.update_within, "How old the tables are at most."),
        ("emailResponseTime", said.answer_within, "How long a question waits at most."),
    ):
        if length is not None:
            value, unit = _in_units(duration(length))
            dimensions.append(
                {"dimension": name, "objective": value, "unit": unit, "description": about}
            )
    if said.availability is not None:
        dimensions.append(
            {"dimension": "uptime", "objective": f"{said.availability:g}", "unit": "percent"}
        )
    notice = facts.spec.terms.notice_days
    level = {
        "name": {LANGUAGE: "What the owner promises"},
        "dimensions": dimensions,
        "support": _support(facts.contact, asked.hours, asked.url),
    }
    there = {key: value for key, value in level.items() if value}
    return {"declarative": {"default": there}} if dimensions or len(there) > 1 or notice else {}


def _in_units(length: timedelta) -> tuple[int, str]:
    """In whole days, or minutes: the standard has no hours."""
    if not length % timedelta(days=1):
        return length // timedelta(days=1), "days"
    if not length % timedelta(minutes=1):
        return length // timedelta(minutes=1), "minutes"
    return int(length.total_seconds()), "seconds"


def _support(contact: str, hours: str, url: str) -> Document:
    is_mail = "@" in contact and "/" not in contact and " " not in contact
    said = {
        "email": contact if is_mail else "",
        "emailServiceHours": hours,
        "documentationURL": url,
        "channel": "" if is_mail else contact,
    }
    return {key: text for key, text in said.items() if text}


def _terms(spec: ProductSpec) -> Document:
    terms = spec.terms
    scope = {"definition": terms.usage, "restrictions": terms.restrictions}
    said: Document = {
        "scope": {key: text for key, text in scope.items() if text},
        "termination": {} if terms.notice_days is None else {"noticePeriod": terms.notice_days},
    }
    return {key: value for key, value in said.items() if value}


def _access(one: ProductTable) -> Document:
    table = one.declared
    said: Document = {"name": {LANGUAGE: str(table.table.public)}, "outputPortType": "SQL"}
    if table.description:
        said["description"] = {LANGUAGE: table.description}
    return said


def _holder(facts: ProductFacts) -> Document:
    return {"legalName": facts.owner or facts.domain, "businessDomain": facts.domain}
