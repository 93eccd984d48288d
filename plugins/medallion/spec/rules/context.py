"""What a rule is, and what it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from medallion.names import DagId
from medallion.schedules.calendar import Calendar
from medallion.spec.files.access import Access
from medallion.spec.findings.finding import Finding
from medallion.spec.models.pipeline import DomainSpec, PipelineSpec
from medallion.spec.models.queries import GoldQuery
from medallion.spec.sql.table_columns import TableColumns

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """One spec as its rules see it.

    Attributes:
        access: what operators allow the domains.
        root: the project's folder, resolved.
        queries: of the gold tables whose SQL could be read.
        columns: of the spec's own tables.
        calendar: what `calendar` means, of the spec or of its domain; None too where it is broken.
        lost: datasets, gold tables and top-level keys that are in the file, but too broken to be
            in `spec`.
    """

    dag_id: DagId
    spec: PipelineSpec
    domain: DomainSpec
    access: Access
    root: Path
    queries: Mapping[str, GoldQuery]
    lost: frozenset[str] = frozenset()
    calendar: Calendar | None = None
    columns: TableColumns = field(default_factory=lambda: TableColumns({}, {}))

    def value_of(self, key: str) -> object:
        """A scheduling key's value: the pipeline's if it sets the key, else the domain's."""
        if key in self.spec.model_fields_set:
            return getattr(self.spec, key)
        return getattr(self.domain, key)


Rule = Callable[[RuleContext], Iterator[Finding]]
"""Its name, with dashes, is its id; its docstring says what it holds a spec to, and why."""


@cache
def rule_id(rule: Callable[..., object]) -> str:
    """The rule's id in issues: its function's name with dashes."""
    return rule.__name__.replace("_", "-")
