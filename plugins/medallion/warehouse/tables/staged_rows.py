"""The staged rows of a run, as a write disposition sees them, in an open transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import errors, sql

from medallion.names import PublishedTable, TableName
from medallion.plan.model import PublishStep
from medallion.prose import tally
from medallion.publish.declaration import GuardSpec, MissingKeys
from medallion.publish.disposition import CreateVersion
from medallion.publish.order import Order
from medallion.publish.partitions import create_version_in_partitions, rows_of
from medallion.publish.relations import VERSION, carry_over, forget_plans, identifier, parent_of
from medallion.publish.window import Slice, Window
from medallion.warehouse.quarantine.rejects import has_unread_records
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.relations import columns_of, indexes_of
from medallion.warehouse.tables.indexes import find_broken_index, not_unique
from medallion.warehouse.tables.partitioned import hold_to_time, make_partitions, read_layout
from medallion.warehouse.tables.selects import hold_to_plain, publish_select


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRows:
    """What a run has staged and what is published: `publish.disposition.Staged` on a connection."""

    connection: psycopg.Connection
    log: logging.Logger
    step: PublishStep
    run_key: str
    order: Order
    columns: tuple[str, ...]
    rows: int
    current: Publication | None
    new_shape: bool = False
    """Whether the table has another shape than its current version: its rows are copied."""
    window: Window | None = None
    """Of an incremental gold table: what the run has made."""
    least_version: int = 0
    """The first version of the table's shape, where this publication changes that."""
    own_load: int | None = None
    """The run's landing, where its source was read on: other runs of its interval keep theirs."""
    domain_role: str = ""
    """Of a table that is a view: the role that its SELECT has to be of."""

    @property
    def interval_end(self) -> datetime:
        """The end of the run's data interval."""
        return self.order.interval_end

    @property
    def table(self) -> PublishedTable:
        """What readers will see the rows in."""
        return self.step.table

    @property
    def staging(self) -> TableName:
        """The run's staging table, by its deterministic name."""
        return self.table.staging(self.run_key)

    @property
    def rejects(self) -> TableName | None:
        """The run's rejects; None if the table was never created. It asks the server each time."""
        rejects = self.table.rejects(self.run_key)
        return rejects if columns_of(self.connection, rejects) else None

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns that tell one row from another."""
        return self.step.primary_key

    @property
    def missing_keys(self) -> MissingKeys:
        """What the spec wants of keys that are not staged."""
        return self.step.missing_keys

    @property
    def deleted_when(self) -> str | None:
        """The column by which a row says that its key is deleted."""
        return self.step.deleted_when

    @property
    def guard(self) -> GuardSpec:
        """What the run must bring at least, before it may replace what readers see."""
        return self.step.guard

    @property
    def slice(self) -> Slice | None:
        """What the staged rows take the place of, by the table's time column."""
        if self.step.increment is None or self.window is None:
            return None
        return Slice(time_column=self.step.increment.time_column, window=self.window)

    @property
    def current_version(self) -> int | None:
        """The version that readers see."""
        return self.current.version if self.current else None

    @property
    def published_by(self) -> str | None:
        """The word of the disposition that published what readers see."""
        return self.current.write_disposition if self.current else None

    def execute(self, statement: sql.Composed) -> int:
        """Run a statement; how many rows it touched.

        Raises:
            DataRejected: a unique index that the spec asks for does not allow its rows.
        """
        try:
            return self.connection.execute(statement).rowcount
        except errors.UniqueViolation as twice:
            broken = find_broken_index(self.step.indexes, twice)
            if broken is None:
                raise
            raise not_unique(self.table, broken) from None

    def count_two(self, query: sql.Composed) -> tuple[int, int]:
        """Run a query of two counts, `SELECT count(*), count(*) FILTER (…)`, in the step's
        transaction."""
        row = self.connection.execute(query).fetchone()
        assert row is not None  # noqa: S101  # count(*) gives one row
        return int(row[0]), int(row[1])

    def indexes(self) -> Sequence[str]:
        """The staging table's indexes, oldest first, read from the server."""
        return indexes_of(self.connection, self.staging)

    def show_select(self) -> int:
        """Have readers get the SELECT that the build has staged; the number of its version."""
        staged = self.table.as_select(self.run_key)
        hold_to_plain(self.connection, staged, self.domain_role)
        return publish_select(
            self.connection,
            self.table,
            staged,
            self.current,
            keep=self.step.keep_versions,
            least=self.least_version,
        )

    def next_version(self) -> int:
        """The number of a version that the table has not had yet."""
        return registry.next_version(self.connection, self.table)

    @property
    def is_partitioned(self) -> bool:
        """Whether the spec asks for partitions."""
        return self.step.partitions is not None

    def version_to_write(self, create: CreateVersion, *, one_of_each: Sequence[str] = ()) -> int:
        """The current version; or a new one with the former's rows, if the write disposition, the
        shape or the partitions have changed. The former version stays for a rollback."""
        if self.current and self.goes_on(self.current):
            version = self.current.version
            self._make_partitions(version, self.staging)
            return version
        version = self.new_version(create)
        if self.current:
            self._make_partitions(version, self.table.version(self.current.version))
            self._carry_over(self.current.version, version, one_of_each)
        return version

    def new_version(self, create: CreateVersion) -> int:
        """A version with the partitions of the staged rows, made and empty."""
        version = self.next_version()
        if self.step.partitions is not None:
            hold_to_time(self.connection, self.table, self.step.partitions, self.staging)
        for statement in self._making(create, version):
            self.connection.execute(statement)
        self._index_time(version)
        self._make_partitions(version, self.staging)
        return version

    def _index_time(self, version: int) -> None:
        """Of an incremental table: what each run finds the rows of its window by."""
        increment, relation = self.step.increment, self.table.version(version)
        if increment is None or self.primary_key[:1] == (increment.time_column,):
            return
        stored = relation if self.step.partitions is None else rows_of(relation)
        self.connection.execute(
            sql.SQL("CREATE INDEX ON {} ({})").format(
                identifier(stored), sql.Identifier(increment.time_column)
            )
        )

    def _making(self, create: CreateVersion, version: int) -> Sequence[sql.Composed]:
        partitions = self.step.partitions
        if partitions is None:
            return create(self.table, version, self.primary_key)
        return create_version_in_partitions(
            self.table.version(version),
            parent_of(self.table),
            partitions,
            self.step.write_disposition.list_indexed(self.primary_key),
            unique=bool(self.primary_key),
        )

    def make_room(self) -> bool:
        """Make the partitions that the staged rows need in the version that readers have, if they
        go into that one; whether any of these is new to readers."""
        if self.current is None or not self.goes_on(self.current):
            return False
        return bool(self._make_partitions(self.current.version, self.staging))

    def _make_partitions(self, version: int, source: TableName) -> tuple[TableName, ...]:
        """Those of the rows of a source in which there are none yet; each is analyzed with the
        version."""
        partitions = self.step.partitions
        if partitions is None:
            return ()
        made = make_partitions(self.connection, self.table, version, partitions, source)
        if late := [one for one in made if partitions.is_past(one.end, datetime.now(UTC))]:
            self.warn(
                f"late rows are in {tally(len(late), 'partition')} past the retention "
                f"({late[0].name.table} …): the next maintenance drops them"
            )
        return tuple(one.name for one in made)

    def next_interval_end(self, version: int, *, whole: bool = False) -> datetime | None:
        """The end of the first later data interval in a version; `whole`: of whole extracts."""
        return registry.next_interval_end(
            self.connection, self.table, version, self.interval_end, whole=whole
        )

    def has_unread_records(self) -> bool:
        """Whether the keys of some records for quarantine are not known."""
        return has_unread_records(self.connection, self.table.rejects(self.run_key))

    def warn(self, message: str) -> None:
        """Say it in the task's log, after the table's name."""
        self.log.warning("%s: %s", self.table.public, message)

    def drop(self) -> None:
        """DROP TABLE: undone with the transaction."""
        self.connection.execute(sql.SQL("DROP TABLE {}").format(identifier(self.staging)))

    def goes_on(self, current: Publication) -> bool:
        """Whether the rows go into the version that readers have."""
        same = current.write_disposition == self.step.write_disposition.name
        return same and not self.new_shape and self._is_laid_out_alike(current.version)

    def _is_laid_out_alike(self, version: int) -> bool:
        if not self.step.write_disposition.can_be_partitioned:
            return True
        wanted = str(self.step.partitions) if self.step.partitions else None
        return read_layout(self.connection, self.table.version(version)) == wanted

    def _carry_over(self, former: int, version: int, one_of_each: Sequence[str]) -> None:
        """Copy the rows of the former version: the columns that it has and the table has still."""
        had = {c.name for c in columns_of(self.connection, self.table.version(former))}
        stored = columns_of(self.connection, parent_of(self.table))
        kept = [column for column in stored if column.name in had and column.name != VERSION]
        copy = carry_over(self.table, former, version, columns=kept, one_of_each=one_of_each)
        self.connection.execute(copy)
        self.connection.execute(forget_plans(self.table))
