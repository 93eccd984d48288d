"""A table that Fivetran has loaded, landed as Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from medallion.errors import SourceRefused
from medallion.sources.loaded_tables.columns import LoadedColumns, Sieve, is_false, is_true
from medallion.sources.loaded_tables.history import hold_history
from medallion.sources.loaded_tables.notes import DELETED, FORMER
from medallion.sources.loaded_tables.table import LoadedTable

SYNCED, IS_DELETED = "_fivetran_synced", "_fivetran_deleted"
ACTIVE, START = "_fivetran_active", "_fivetran_start"


class FivetranSource(LoadedTable):
    """A table that Fivetran has loaded into a database, in soft delete mode or in history mode."""

    loaded_at: ClassVar[str] = SYNCED
    tool: ClassVar[str] = "Fivetran"
    own_tables: ClassVar[tuple[str, ...]] = (
        *("fivetran_audit", "fivetran_query", "FIVETRAN_AUDIT", "FIVETRAN_QUERY"),
    )
    history_begins: ClassVar[str] = START

    type: Literal["fivetran"]
    deletions: Literal["leave_out", "keep"] | None = None
    """What to do with rows that `_fivetran_deleted` marks: `leave_out`, which a run without
    `cursor` does by default, or `keep`, for a column that reads the mark. With `cursor` they are
    kept: a deletion is news."""
    history: Literal["current", "all"] | None = None
    """Of a table in history mode: its `current` states alone, or `all` states, whose key has a
    column `from: _fivetran_start`."""

    def _keeps_deletions(self) -> bool:
        return self.deletions == "keep" or (self.cursor is not None and self.deletions is None)

    def list_deletion_columns(self) -> tuple[str, ...]:
        return (IS_DELETED,) if self._keeps_deletions() and self.history is None else ()

    def leaves_rows_out(self) -> bool:
        return self.history == "current" or (self.history is None and not self._keeps_deletions())

    def hold_columns(self, columns: LoadedColumns) -> None:
        if not columns.find(SYNCED):
            raise SourceRefused(
                f"{self.table} has no column {SYNCED}: Fivetran has not loaded it",
                remedy="name a table of Fivetran's destination, or use `type: database`",
            )
        hold_history(self.table, self.history, columns.find(ACTIVE), begins=START)

    def list_sieves(self, columns: LoadedColumns) -> Sequence[Sieve]:
        if self.history is not None:
            former = Sieve(note=FORMER, column=columns.find(ACTIVE), marks=is_false)
            return (former,) if self.history == "current" else ()
        mark = columns.find(IS_DELETED)
        if self._keeps_deletions() or not mark:
            return ()
        return (Sieve(note=DELETED, column=mark, marks=is_true),)

    def find_deleted(self, columns: LoadedColumns) -> str:
        # Fivetran leaves _fivetran_synced as it was where a whole table is truncated, or a re-sync
        # finds rows gone: https://fivetran.com/docs/core-concepts/system-columns-and-tables
        return columns.find(IS_DELETED)
