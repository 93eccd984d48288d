"""A table's page: what is declared of it, how it is now, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime

from medallion.catalogue.column_lineage import ColumnLineage, column_lineage
from medallion.catalogue.columns import ColumnRow, column_rows
from medallion.catalogue.declared import Declared
from medallion.catalogue.declared_table import DeclaredTable
from medallion.catalogue.incidents import Troubles, troubles_of
from medallion.catalogue.overview import TableRow, read_row
from medallion.catalogue.personal import find_hidden_fields, find_labels
from medallion.names import PublishedTable, TableName
from medallion.warehouse.catalogue.history import (
    LedgerRow,
    PublishedColumn,
    ledger,
    read_published_columns,
    sizes,
)
from medallion.warehouse.catalogue.preview import Preview, preview
from medallion.warehouse.catalogue.profile import (
    MOST_ROWS,
    ColumnProfile,
    keep_profile,
    read_kept_profile,
    work_out_profile,
)
from medallion.warehouse.catalogue.storage import (
    IndexOnDisk,
    PartitionOnDisk,
    read_indexes,
    read_partitions,
)
from medallion.warehouse.journal.usage import Usage, read_usage
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
        """By which the warehouse's functions ask for it."""
        return self.row.table

    def as_seen_by(self, domains: frozenset[str]) -> TableHead:
        """Without dashboards of domains that a person may not see."""
        if self.declared is None:
            return self
        seen = self.declared.exposures_seen_in(domains)
        return replace(self, declared=replace(self.declared, exposures=seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStory:
    """The first page: lineage, columns, and the last publications, the latest first."""

    upstream: Sequence[Neighbour]
    downstream: Sequence[Neighbour]
    columns: Sequence[ColumnRow]
    ledger: Sequence[LedgerRow]
    sizes: Mapping[int, int]
    troubles: Troubles
    """What is wrong with it now."""
    indexes: Sequence[IndexOnDisk] = ()
    """Of the version that readers see."""
    partitions: Sequence[PartitionOnDisk] = ()
    """Of the version that readers see, the latest first; none where it is one table."""
    usage: Usage = field(default_factory=Usage)
    """Who reads it."""
    profile_note: str = ""
    """Why the columns have no profile; empty where they have one."""

    def as_seen_by(self, domains: frozenset[str]) -> TableStory:
        """Without the names of readers, and of columns, in domains that a person may not see."""
        seen = (one for one in self.downstream if one.table and one.table.domain in domains)
        columns = [one.as_seen_by(domains) for one in self.columns]
        return replace(self, downstream=list(seen), columns=columns)

    def without_names(self) -> TableStory:
        """Without those of people who read the table, for whoever may not change it."""
        return replace(self, usage=self.usage.without_names())

    def rows_over_time(self) -> list[tuple[datetime, int]]:
        """The rows after each publication, the oldest first."""
        return [(one.published_at, one.rows_total) for one in reversed(self.ledger)]

    def bytes_over_time(self) -> list[tuple[datetime, int]]:
        """The bytes on disk after each publication that has kept them, the oldest first."""
        return [
            (one.published_at, one.bytes) for one in reversed(self.ledger) if one.bytes is not None
        ]

    @property
    def bytes(self) -> int | None:
        """On disk, of the version that readers see."""
        current = next((one.version for one in self.ledger if one.is_current), None)
        return self.sizes.get(current) if current is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePage:
    """A table's first page: the head of all its pages, and its story."""

    head: TableHead
    story: TableStory


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiling:
    """How a profile is worked out that nobody has asked for yet.

    Attributes:
        reads: opens a session that may read a table of the warehouse.
        loader_url: who keeps what was found.
    """

    reads: Callable[[TableName], AbstractContextManager[Session]]
    loader_url: str


def read_head(session: Session, declared: Declared, table: PublishedTable) -> TableHead | None:
    """The top of a table's pages; None where there is no such table."""
    row = read_row(session, declared, table)
    return TableHead(row=row, declared=declared.tables.get(table)) if row else None


def read_story(
    session: Session,
    declared: Declared,
    head: TableHead,
    profiling: Profiling | None = None,
) -> TableStory:
    """The rest of the first page.

    Args:
        profiling: None: no profile is made that is not kept already.
    """
    table = head.table
    columns = read_published_columns(session, table)
    hidden = find_hidden_fields(declared, table, [one.name for one in columns])
    profile, note = _profile(session, head, columns, hidden, profiling)
    labels = find_labels(declared, table, [one.name for one in columns])
    upstream = head.declared.upstream if head.declared else ()
    return TableStory(
        upstream=[_neighbour(name) for name in upstream],
        downstream=[
            Neighbour(name=str(one.table.public), table=one.table)
            for one in declared.readers_of(table)
        ],
        columns=column_rows(columns, head.declared, profile, labels),
        ledger=ledger(session, table),
        sizes=sizes(session, table),
        troubles=troubles_of(session, head.row),
        indexes=read_indexes(session, table),
        partitions=read_partitions(session, table),
        usage=read_usage(session, table),
        profile_note=note,
    )


def read_column_lineage(
    session: Session, declared: Declared, head: TableHead, domains: frozenset[str]
) -> list[ColumnLineage]:
    """Its columns in both directions; none where no spec that runs declares the table.

    Args:
        domains: those that the person may see.
    """
    if head.declared is None:
        return []
    published = [
        one.name
        for one in read_published_columns(session, head.table)
        if not one.name.startswith("_")
    ]
    readers = declared.readers_of(head.table)
    return column_lineage(head.declared, readers, declared.origins, domains, published)


def _profile(
    session: Session,
    head: TableHead,
    columns: Sequence[PublishedColumn],
    hidden: frozenset[str],
    profiling: Profiling | None,
) -> tuple[Mapping[str, ColumnProfile], str]:
    """What is kept of the current publication, or is worked out now; or why there is none."""
    publication, version = head.row.publication_id, head.row.version
    if publication is None or version is None:
        return {}, ""
    if kept := read_kept_profile(session, publication):
        return {name: _without(one, hidden) for name, one in kept.items()}, ""
    if (head.row.rows or 0) > MOST_ROWS:
        return {}, f"Not profiled: the table has more than {MOST_ROWS:,} rows."
    if profiling is None:
        return {}, "Not profiled yet."
    table = head.table.version(version)
    with profiling.reads(table) as reading:
        found = work_out_profile(reading, table, publication, columns, hidden)
    if found:
        keep_profile(profiling.loader_url, table, publication, found.values())
    return found, "" if found else "Not profiled: it took too long. It is tried again."


def _without(one: ColumnProfile, hidden: frozenset[str]) -> ColumnProfile:
    """What was kept before a column was known to be personal shows no value of it either."""
    return replace(one, lowest=None, highest=None) if one.column_name in hidden else one


def _neighbour(name: TableName) -> Neighbour:
    layer, _, domain = name.schema.partition("_")
    known = layer in ("silver", "gold") and domain
    table = PublishedTable.of(name) if known else None
    return Neighbour(name=str(name), table=table)


def read_preview(
    loader_url: str, declared: Declared, table: PublishedTable, given: str | None
) -> Preview:
    """Some rows without the columns of personal data, read as the domain's role.

    Args:
        given: the URL of a role that an administrator has made for the domain.
    """
    if table not in declared.tables:
        return Preview(why_not="no spec that runs declares it: nobody says what is personal in it")
    return preview(
        loader_url, table, lambda names: find_hidden_fields(declared, table, names), given
    )
