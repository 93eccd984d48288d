"""Rows read = published + quarantined + deduplicated + discarded: one run of one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from medallion.errors import WarehouseRefused
from medallion.names import Layer, PublishedTable
from medallion.warehouse import registry
from medallion.warehouse.registry import RunRef, TaskRecord
from medallion.warehouse.relations import columns_of, row_count

CONFLICTING = "conflicting_rows"
CONFLICTS = "conflicts"
"""In the details of a clean task's record: how many rows gave way to another row with their primary
key that says something else; and in which columns, with examples.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of rows. `load_id` is None for gold, whose rows come from several loads."""

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

    @property
    def unaccounted(self) -> int:
        """Rows that were read and are nowhere: 0, or something is wrong."""
        accounted = self.staged + self.quarantined + self.deduplicated + self.discarded
        return self.read - accounted

    @property
    def wanted(self) -> int:
        """Rows that were read and not discarded: what the spec says it wants."""
        return self.read - self.discarded


def figures_of(
    connection: psycopg.Connection, run: RunRef, table: PublishedTable, run_key: str
) -> Figures:
    """Count what a run has staged and set aside, and recall what it has read.

    Raises:
        WarehouseRefused: the step that made the staging table has left no record.
    """
    maker = f"{table.name}.{'build' if table.layer is Layer.GOLD else 'clean'}"
    record = registry.task_record(connection, run, maker)
    if record is None or record.rows_in is None:
        raise WarehouseRefused(
            f"the registry has no record of {maker} in the run {run.run_id}",
            remedy=f"clear the task {maker} and those after it",
        )
    rejects = table.rejects(run_key)
    set_aside = row_count(connection, rejects) if columns_of(connection, rejects) else 0
    load = registry.load_of(connection, run, table) if table.layer is Layer.SILVER else None
    return Figures(
        read=record.rows_in,
        staged=row_count(connection, table.staging(run_key)),
        quarantined=set_aside,
        deduplicated=record.rows_deduplicated or 0,
        discarded=record.rows_discarded or 0,
        load_id=load.load_id if load else None,
        conflicting=_conflicting(record),
        read_at=_read_at(record),
    )


def _read_at(record: TaskRecord) -> datetime | None:
    said = (record.details or {}).get("read_at")
    return datetime.fromisoformat(str(said)) if said else None


def _conflicting(record: TaskRecord) -> int:
    counted = (record.details or {}).get(CONFLICTING)
    return counted if isinstance(counted, int) else 0
