"""The columns of published tables according to specs: silver's as declared, gold's from its SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.contract import NewColumns
from medallion.names import Layer, TableName
from medallion.spec.models.pipeline import PipelineSpec
from medallion.spec.models.queries import PLACEHOLDERS, GoldQuery
from medallion.sql.columns import SelectColumns, select_columns
from medallion.sql.scope import UNKNOWN, Columns


class TableColumns:
    """What specs say about the columns of their tables; other tables are unknown.

    A gold table's SQL is read once, when it is first asked for.
    """

    def __init__(
        self, silver: Mapping[TableName, Columns], queries: Mapping[TableName, GoldQuery]
    ) -> None:
        """`silver` and `queries` by the names of the public tables."""
        self._silver = silver
        self._queries = queries
        self._read: dict[TableName, SelectColumns] = {}

    def of(self, table: TableName) -> Columns:
        """The columns that a table's readers find; `whole` is False if some may be missing."""
        if table in self._silver:
            return self._silver[table]
        found = self.read(table).columns
        return Columns(names=found.names, whole=found.whole, own=True)

    def read(self, table: TableName) -> SelectColumns:
        """The columns of a gold table's SELECT, with problems in its names."""
        query = self._queries.get(table)
        if query is None:
            return SelectColumns()
        if table not in self._read:
            self._read[table] = SelectColumns()  # where tables select from one another in a circle
            tree = tree_of(query.text)
            if tree is not None:
                self._read[table] = select_columns(
                    query.text, tree, lambda schema, name: self.of(TableName(schema, name))
                )
        return self._read[table]


def silver_columns(
    spec: PipelineSpec, domain: str, lost: Collection[str] = ()
) -> dict[TableName, Columns]:
    """The columns of a spec's silver tables.

    Args:
        spec: the spec.
        domain: its folder.
        lost: what of its file could not be read, as in `RuleContext`.
    """
    found: dict[TableName, Columns] = {}
    for name, dataset in spec.datasets.items():
        silver = dataset.silver
        grows = silver.schema_contract.columns is NewColumns.EVOLVE
        broken = any(part == name or part.startswith(f"{name}.") for part in lost)
        found[TableName(f"{Layer.SILVER}_{domain}", name)] = (
            UNKNOWN
            if grows or broken
            else Columns(names=tuple(table_columns(silver.columns)), own=True)
        )
    return found


def gold_queries(queries: Mapping[str, GoldQuery], domain: str) -> dict[TableName, GoldQuery]:
    """A spec's SELECTs by their tables' names."""
    return {TableName(f"{Layer.GOLD}_{domain}", name): query for name, query in queries.items()}


def merge(known: Iterable[Mapping[TableName, Any]]) -> dict[TableName, Any]:
    """One mapping from several specs'; a table that two publish belongs to the first."""
    found: dict[TableName, Any] = {}
    for one in known:
        for table, value in one.items():
            found.setdefault(table, value)
    return found


@lru_cache(maxsize=8)
def tree_of(text: str) -> Mapping[str, Any] | None:
    """The parse tree of a SELECT; None where it is refused. Several look at the same one."""
    from medallion.sql.postgres_select import select_tree

    return select_tree(text, PLACEHOLDERS)
