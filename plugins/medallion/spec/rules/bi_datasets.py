"""A gold table as rules on BI declarations see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from medallion.names import Layer, TableName
from medallion.spec.findings.finding import Finding
from medallion.spec.findings.positions import KeyPath
from medallion.spec.models.pipeline import GoldSpec, PipelineSpec
from medallion.spec.rules.context import RuleContext
from medallion.spec.sql.protected_columns import (
    ProtectedColumns,
    find_protected_in_silver,
    outlines_by_text,
)
from medallion.spec.sql.table_columns import TableColumns, gold_queries
from medallion.sql.scope import Columns


def declares_bi(spec: PipelineSpec) -> bool:
    """Whether a spec says anything for the BI team."""
    return bool(spec.dashboards) or any(map(says_something, spec.gold.values()))


def says_something(gold: GoldSpec) -> bool:
    """Whether a gold table's spec has anything for the BI team."""
    said = (gold.metrics, gold.dimensions, gold.time_column, gold.row_filters)
    return any(said) or gold.certified is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One gold table.

    Attributes:
        columns: what its SELECT gives, as far as it is known.
        protected: those that hold protected personal data.
        lost: whether some of what it says for the BI team could not be read.
    """

    table: TableName
    gold: GoldSpec
    columns: Columns
    protected: frozenset[str] = frozenset()
    lost: bool = False

    def has_metric(self, name: str) -> bool:
        """Whether it may have a metric."""
        return self.lost or name in self.gold.metrics

    def has_dimension(self, name: str) -> bool:
        """Whether people may group by it: a column, or a calculated dimension."""
        return self.lost or name in self.gold.dimensions or self.columns.may_have(name)

    def dimensions(self) -> Iterator[str]:
        """What is known to be there to group by."""
        yield from self.gold.dimensions
        yield from self.columns.names

    def time_column(self) -> str:
        """The column of its times; empty: none is declared."""
        return self.gold.time_column or ""

    def protects(self, where: KeyPath, name: str) -> Finding:
        """That a protected column is named."""
        what = "the whole row has protected personal data"
        return Finding(
            where=where,
            problem=f"{name} holds what silver protects as personal data"
            if name in self.protected
            else f"{name}: {what}",
            remedy="leave it out; a count of it can be computed in the table's own SQL",
        )


def own_datasets(context: RuleContext) -> Iterator[Dataset]:
    """The gold tables of a spec that declares something for the BI team."""
    if not declares_bi(context.spec):
        return
    domain = context.dag_id.domain
    queries = gold_queries(context.queries, domain)
    silver = find_protected_in_silver(context.spec, domain)
    protected = ProtectedColumns(silver, outlines_by_text(queries), context.columns)
    yield from datasets_of(context.spec, domain, context.columns, protected, context.lost)


def datasets_of(
    spec: PipelineSpec,
    domain: str,
    columns: TableColumns,
    protected: ProtectedColumns,
    lost: frozenset[str] = frozenset(),
) -> Iterator[Dataset]:
    """The gold tables of a spec."""
    for name, gold in spec.gold.items():
        table = TableName(f"{Layer.GOLD}_{domain}", name)
        yield Dataset(
            table=table,
            gold=gold,
            columns=columns.of(table),
            protected=protected.of(table),
            lost=f"{name}.bi" in lost,
        )
