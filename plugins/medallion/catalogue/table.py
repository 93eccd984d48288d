"""A table's page: what is declared of it, how it is now, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from medallion.catalogue.columns import ColumnRow, column_rows
from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredTable
from medallion.catalogue.overview import TableRow, read_row
from medallion.names import PublishedTable, TableName
from medallion.warehouse.catalogue.history import LedgerRow, ledger, published_columns, sizes
from medallion.warehouse.session.transaction import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A table that this one is made of, or that is made of it."""

    name: str
    table: PublishedTable | None
    """None where the name is not that of a published table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableHead:
    """What every page of one table shows at its top."""

    row: TableRow
    declared: DeclaredTable | None

    @property
    def table(self) -> PublishedTable:
        """Whose page it is."""
        return self.row.table


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStory:
    """The first page: lineage, columns, and the last publications, the latest first."""

    upstream: Sequence[Neighbour]
    downstream: Sequence[Neighbour]
    columns: Sequence[ColumnRow]
    ledger: Sequence[LedgerRow]
    sizes: Mapping[int, int]

    @property
    def bytes(self) -> int | None:
        """On disk, of the version that readers see."""
        current = next((one.version for one in self.ledger if one.is_current), None)
        return self.sizes.get(current) if current is not None else None


def read_head(session: Session, declared: Declared, table: PublishedTable) -> TableHead | None:
    """The top of a table's pages; None where there is no such table."""
    row = read_row(session, declared, table)
    return TableHead(row=row, declared=declared.tables.get(table)) if row else None


def read_story(session: Session, declared: Declared, head: TableHead) -> TableStory:
    """The rest of the first page."""
    table = head.table
    upstream = head.declared.upstream if head.declared else ()
    return TableStory(
        upstream=[_neighbour(name) for name in upstream],
        downstream=[
            Neighbour(name=str(one.table.public), table=one.table)
            for one in declared.readers_of(table)
        ],
        columns=column_rows(published_columns(session, table), head.declared),
        ledger=ledger(session, table),
        sizes=sizes(session, table),
    )


def _neighbour(name: TableName) -> Neighbour:
    layer, _, domain = name.schema.partition("_")
    known = layer in ("silver", "gold") and domain
    table = PublishedTable.of(name) if known else None
    return Neighbour(name=str(name), table=table)
