"""Rows read = published + quarantined + deduplicated + discarded: one run of one table.

A crash of PostgreSQL empties unlogged tables, a failover leaves them behind, a person may drop one:
so what is staged is held to what the step that made it has recorded. Else a gate would judge what
is left, and a publication would count the rest as duplicates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from medallion.errors import StagingLost
from medallion.names import Layer, PublishedTable, TableName, base_domain
from medallion.prose import tally
from medallion.publish.recipe import Recipe
from medallion.publish.window import Window
from medallion.run import Run
from medallion.warehouse.registry import erasures
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.records import TaskRecord
from medallion.warehouse.session.relations import columns_of, is_empty, row_count

CONFLICTING = "conflicting_rows"
CONFLICTS = "conflicts"
"""In the details of a clean task's record: how many rows gave way to another row with their primary
key that says something else; and in which columns, with examples.
"""

ERASURES_SEEN = "erasures_seen"
"""In the details of a clean task's record, of a dataset that people are found in: how many hashes
of erased people of the domain there were."""

WINDOW = "window"
"""In the details of a build task's record, of an incremental table: what it has made. Its recipe is
beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Row counts of one run of one table. `load_id` is None for gold, whose rows come from several
    loads."""

    read: int
    staged: int
    quarantined: int
    deduplicated: int
    discarded: int
    load_id: int | None
    conflicting: int = 0
    """Those of the duplicates that said something else than the row that stays."""
    read_at: datetime | None = None
    """When gold's SELECT began to read: what is published later, it has not seen."""
    window: Window | None = None
    """Of an incremental table: what the staged rows take the place of."""
    recipe: Recipe | None = None
    """The same: what they were made by."""

    @property
    def is_part(self) -> bool:
        """Whether the rows are an increment of a table that has others besides."""
        return self.window is not None and not self.window.is_whole

    @property
    def unaccounted(self) -> int:
        """Rows that were read and are nowhere: 0, or something is wrong."""
        accounted = self.staged + self.quarantined + self.deduplicated + self.discarded
        return self.read - accounted

    @property
    def wanted(self) -> int:
        """Rows that were read and not discarded: what the spec says it wants."""
        return self.read - self.discarded


def maker_of(table: PublishedTable) -> str:
    """The id of the task that fills a table's staging table: `<dataset>.clean` or
    `<table>.build`.

    >>> from medallion.names import TableName
    >>> maker_of(PublishedTable.of(TableName("silver_cinema", "movies")))
    'movies.clean'
    """
    return f"{table.name}.{'build' if table.layer is Layer.GOLD else 'clean'}"


def report_lost_staging(table: PublishedTable, what: str) -> StagingLost:
    """The error for a staging table that has to be made again; `what` is the evidence."""
    return StagingLost(
        f"what was staged for {table.public} is lost: {what}",
        remedy=f"run the task again: it makes the staging table again. Or clear "
        f"{maker_of(table)} and the tasks after it",
    )


def read_making_task(connection: psycopg.Connection, run: Run, table: PublishedTable) -> TaskRecord:
    """The record of the task that made the staging table.

    Raises:
        StagingLost: the registry has none, or the task failed.
    """
    record = registry.task_record(connection, run, maker_of(table))
    if record is None or record.rows_in is None:
        raise report_lost_staging(
            table, f"the registry has no record of {maker_of(table)} in the run {run.run_id}"
        )
    return record


def hold_to_maker(
    connection: psycopg.Connection, run: Run, table: PublishedTable, rows: int
) -> None:
    """Compare the staging table's rows with what the task that made it left.

    Raises:
        StagingLost: the numbers differ.
    """
    left = read_making_task(connection, run, table).rows_out
    if rows != left:
        raise report_lost_staging(
            table, f"{maker_of(table)} left {tally(left or 0, 'row')}, found: {rows:,}"
        )


def hold_to_erasures(
    connection: psycopg.Connection, run: Run, table: PublishedTable, inputs: Sequence[TableName]
) -> None:
    """Refuse rows that were staged before a person was erased from what they are made of.

    Raises:
        StagingLost: somebody was erased since.
    """
    record = registry.task_record(connection, run, maker_of(table))
    said = (record.details or {}) if record else {}
    seen, read_at = said.get(ERASURES_SEEN), said.get("read_at")
    known = erasures.count_known(connection, base_domain(table.domain)) if seen is not None else 0
    is_late = isinstance(seen, int) and known > seen
    if read_at and inputs:
        since = datetime.fromisoformat(str(read_at))
        is_late = is_late or erasures.is_erased_since(connection, inputs, since)
    if is_late:
        raise report_lost_staging(table, "a person was erased after it was made")


def hold_to_count(
    connection: psycopg.Connection, table: PublishedTable, staging: TableName, rows: int
) -> None:
    """Refuse a staging table that was emptied since its rows were counted.

    A crash empties the whole of it, so that one look is enough, whatever its size.

    Raises:
        StagingLost: it was emptied.
    """
    if rows and is_empty(connection, staging):
        raise report_lost_staging(
            table, f"a moment ago it had {tally(rows, 'row')}, and now it has none"
        )


def figures_of(connection: psycopg.Connection, run: Run, table: PublishedTable) -> Figures:
    """Count what a run staged and quarantined, and read from the registry what it read. Counts scan
    the tables.

    Raises:
        StagingLost: the rows do not add up, so some are no longer there.
    """
    record = read_making_task(connection, run, table)
    rejects = table.rejects(run.key)
    quarantined = row_count(connection, rejects) if columns_of(connection, rejects) else 0
    load = registry.load_of(connection, run, table) if table.layer is Layer.SILVER else None
    figures = Figures(
        read=record.rows_in or 0,
        staged=row_count(connection, table.staging(run.key)),
        quarantined=quarantined,
        deduplicated=record.rows_deduplicated or 0,
        discarded=record.rows_discarded or 0,
        load_id=load.load_id if load else None,
        conflicting=_conflicting(record),
        read_at=_read_at(record),
        window=window_in(record),
        recipe=Recipe.from_json(record.details or {}),
    )
    if figures.unaccounted:
        raise report_lost_staging(
            table,
            f"of {tally(figures.read, 'row')} read, {figures.staged} are staged, "
            f"{figures.quarantined} "
            f"quarantined, {figures.discarded} discarded and {figures.deduplicated} were "
            f"duplicates: {figures.unaccounted} are unaccounted for",
        )
    return figures


def _read_at(record: TaskRecord) -> datetime | None:
    said = (record.details or {}).get("read_at")
    return datetime.fromisoformat(str(said)) if said else None


def window_in(record: TaskRecord) -> Window | None:
    """What a build task has made; None of a table that does not grow by increments."""
    said = (record.details or {}).get(WINDOW)
    return Window.from_json(said) if isinstance(said, Mapping) else None


def _conflicting(record: TaskRecord) -> int:
    counted = (record.details or {}).get(CONFLICTING)
    return counted if isinstance(counted, int) else 0
