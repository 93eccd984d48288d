"""Which columns of published tables hold what a spec protects, as far as the specs' texts show it.

A count of protected values is none of them. The values of a column that nothing is known of are not
looked at: rules refuse what is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from medallion.cleaning.declared.classification import is_protected
from medallion.names import Layer, TableName
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.models.queries import GoldQuery
from medallion.spec.sql.table_columns import tree_of
from medallion.sql.origins import result_columns
from medallion.sql.outline import QueryOutline
from medallion.sql.outline_reader import outline_of
from medallion.sql.scope import Columns

Outlines = Callable[[TableName], QueryOutline | None]
"""A gold table's name → what its SELECT's columns are made of; None: it is not known."""


class KnownColumns(Protocol):
    """Where the columns of tables are looked up."""

    def of(self, table: TableName) -> Columns:
        """The columns of a table, or that they are not known."""


class ProtectedColumns:
    """The protected columns of tables; a gold table is read when it is first asked for."""

    def __init__(
        self,
        silver: Mapping[TableName, frozenset[str]],
        outlines: Outlines,
        columns: KnownColumns,
    ) -> None:
        """`silver`: of each silver table, its own; `columns`: what all tables have."""
        self._known = dict(silver)
        self._silver = silver
        self._outlines = outlines
        self._columns = columns

    def of(self, table: TableName) -> frozenset[str]:
        """The columns that hold what some silver protects, through all tables between. Empty where
        tables select from one another in a circle."""
        if table not in self._known:
            self._known[table] = frozenset()  # where tables select from one another in a circle
            self._known[table] = self._of_gold(table) if any(self._silver.values()) else frozenset()
        return self._known[table]

    def _of_gold(self, table: TableName) -> frozenset[str]:
        outline = self._outlines(table)
        if outline is None:
            return frozenset()
        found = result_columns(
            outline,
            lambda schema, name: self._columns.of(TableName(schema, name)),
            without_counts=True,
        )
        return frozenset(
            name
            for name in found.names()
            if any(one.column in self.of(one.table) for one in found.of(name).columns)
        )


def find_protected_in_silver(spec: PipelineSpec, domain: str) -> dict[TableName, frozenset[str]]:
    """The columns of a spec's silver tables that their classification protects."""
    return {
        TableName(f"{Layer.SILVER}_{domain}", name): frozenset(
            column for column, said in dataset.silver.columns.items() if is_protected(said)
        )
        for name, dataset in spec.datasets.items()
    }


def outlines_by_text(queries: Mapping[TableName, GoldQuery]) -> Outlines:
    """Outlines that are read off the SELECTs when they are asked for."""

    def read(table: TableName) -> QueryOutline | None:
        query = queries.get(table)
        tree = None if query is None else tree_of(query.text)
        return None if tree is None else outline_of(tree)

    return read
