"""A table that dlt has loaded, landed as Parquet: the rows of its complete loads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.prose import tally
from medallion.sources.loaded_tables.columns import LoadedColumns, Sieve, has_ended, is_empty
from medallion.sources.loaded_tables.history import hold_history
from medallion.sources.loaded_tables.notes import FORMER, INCOMPLETE
from medallion.sources.loaded_tables.table import LoadedTable

if TYPE_CHECKING:
    from medallion.sources.database.query import Statement

ENDED, START = "_dlt_valid_to", "_dlt_valid_from"
LOAD_ID, PARENT_ID = "_dlt_load_id", "_dlt_parent_id"
COMPLETED = "_dlt_loaded_at"
"""What the rows have beside dlt's own columns: when their load was complete."""


class DltSource(LoadedTable):
    """A table that dlt has loaded into a database; rows of a load that is not complete are not
    read."""

    loaded_at: ClassVar[str] = COMPLETED
    usual_lookback: ClassVar[str] = "10m"
    tool: ClassVar[str] = "dlt"
    own_tables: ClassVar[tuple[str, ...]] = ("_dlt_*", "_DLT_*")
    added: ClassVar[tuple[str, ...]] = (COMPLETED,)
    history_begins: ClassVar[str] = START

    type: Literal["dlt"]
    parents: Annotated[tuple[str, ...], Field(strict=False, max_length=20)] | None = None
    """Of a child table, such as `shop.orders__items`: the tables above it in the same schema, the
    nearest first, `[orders]`; their loads are its loads."""
    incomplete_loads: Literal["fail", "leave_out"] | None = None
    """What to do with rows of a load that is not complete: `fail`, so that the task is tried again,
    which a run without `cursor` does by default; or `leave_out`, for they are read once it is."""
    history: Literal["current", "all"] | None = None
    """Of a table that dlt loads by its strategy scd2: its `current` states alone, or `all` states,
    whose key has a column `from: _dlt_valid_from`."""

    def leaves_rows_out(self) -> bool:
        return self.history == "current"

    def select(self, dialect: str) -> Statement:
        from medallion.sources.dlt.statement import select_with_loads

        return select_with_loads(self.table, self.parents or (), dialect)

    def hold_columns(self, columns: LoadedColumns) -> None:
        needed = PARENT_ID if self.parents else LOAD_ID
        if not columns.find(needed):
            raise SourceRefused(
                f"{self.table} has no column {needed}"
                + (": it is not a child table of dlt's" if self.parents else ""),
                remedy="remove `parents`"
                if self.parents
                else "of a child table name the tables "
                "above it: `parents: [orders]`; of a table that dlt has not loaded, use "
                "`type: database`",
            )
        hold_history(self.table, self.history, columns.find(ENDED), begins=START)

    def list_sieves(self, columns: LoadedColumns) -> Sequence[Sieve]:
        incomplete = Sieve(note=INCOMPLETE, column=columns.find(COMPLETED), marks=is_empty)
        if self.history != "current":
            return (incomplete,)
        return (incomplete, Sieve(note=FORMER, column=columns.find(ENDED), marks=has_ended))

    def judge(self, found: Counter[str]) -> None:
        number = found[INCOMPLETE]
        if not number or self.incomplete_loads == "leave_out":
            return
        if self.cursor is not None and self.incomplete_loads is None:
            return
        raise SourceUnavailable(
            f"{self.table} has {tally(number, 'row')} of a load that dlt has not completed: what "
            "they replace may be gone already",
            remedy="it is tried again. If that load was given up, load again with dlt, or write "
            "`incomplete_loads: leave_out`",
        )
