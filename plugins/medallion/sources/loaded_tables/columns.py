"""The columns of a loaded table, and which rows of it a tool's own columns mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Mask = Callable[[Any], Any]
"""An Arrow array of a column → a Boolean array without NULL: which rows are marked."""

_TRUE = ("true", "t", "1", "y", "yes")
_FOREVER = 9999
"""The year that means no end, where a tool writes an end into every row."""


@dataclass(frozen=True, slots=True)
class LoadedColumns:
    """The names of a table's columns, as the database has them."""

    names: tuple[str, ...]

    def find(self, name: str) -> str:
        """The column that a tool calls so; empty where there is none. Some databases have all of
        their names in capitals.

        >>> LoadedColumns(("ID", "_FIVETRAN_SYNCED")).find("_fivetran_synced")
        '_FIVETRAN_SYNCED'
        """
        if name in self.names:
            return name
        return next((one for one in self.names if one.lower() == name), "")

    def lack(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are not there."""
        return [name for name in names if not self.find(name)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """Rows that are left out, and counted.

    Attributes:
        note: under which key the landing's manifest has their number.
        column: as the database has it.
        marks: which rows they are.
    """

    note: str
    column: str
    marks: Mask


def sift(
    batches: Iterable[pa.RecordBatch], sieves: Iterable[Sieve], found: Counter[str]
) -> Iterator[pa.RecordBatch]:
    """The batches without the rows that a sieve marks, each of which is counted once in `found`."""
    import pyarrow.compute as pc

    wanted = tuple(sieves)
    for batch in batches:
        kept = batch
        for one in wanted:
            marked = one.marks(kept.column(one.column))
            number = pc.sum(marked).as_py() or 0
            if number:
                found[one.note] += number
                kept = kept.filter(pc.invert(marked))
        yield kept


def is_true(column: Any) -> Any:
    """Where a flag is set, whatever the database holds flags as; NULL is not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = pc.is_in(pc.utf8_lower(column), pa.array(_TRUE, kind))
    elif not pa.types.is_boolean(kind):
        column = pc.not_equal(column.cast(pa.int64()), 0)
    return pc.fill_null(column, False)


def is_false(column: Any) -> Any:
    """Where a flag is not set; NULL is not."""
    import pyarrow.compute as pc

    return pc.invert(is_true(column))


def is_filled(column: Any) -> Any:
    """Where there is a value; an empty text is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.is_valid(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.and_(filled, pc.fill_null(pc.not_equal(column, ""), False))
    return filled


def is_empty(column: Any) -> Any:
    """Where there is no value."""
    import pyarrow.compute as pc

    return pc.invert(is_filled(column))


def has_ended(column: Any) -> Any:
    """Where a time is an end: there is one, and it does not lie in the year 9999."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_timestamp(column.type):
        text = column.cast(pa.string())
        forever = pc.fill_null(pc.starts_with(text, str(_FOREVER)), False)
    else:
        forever = pc.fill_null(pc.greater_equal(pc.year(column), _FOREVER), False)
    return pc.and_(is_filled(column), pc.invert(forever))
