"""What was loaded since the last publication, and the deletions that the cursor does not show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from medallion.sources.base.cursor import CursorRange, CursorWatch
from medallion.sources.database.cursor import narrow, refuse_endless, watch_of
from medallion.sources.database.query import Statement, quote_name
from medallion.sources.database.rows import Rows
from medallion.sources.loaded_tables.columns import is_true

if TYPE_CHECKING:
    import pyarrow as pa

_FLAGS_ARE_NUMBERS = frozenset(("tsql", "oracle", "sqlite"))
"""Dialects in which a flag alone is not a condition."""


def narrow_to_increment(
    statement: Statement, cursor: CursorRange, function: str, deleted: str
) -> Statement:
    """The rows in the cursor's range; of a run that reads on, also all that are flagged deleted.

    Args:
        statement: what is read without a cursor.
        cursor: the range.
        function: as `narrow` takes it.
        deleted: the flag's column; empty: there is none.
    """
    narrowed = narrow(statement, cursor, function)
    if not _reads_again(cursor, deleted):
        return narrowed
    flag = quote_name(deleted, statement.dialect)
    is_set = " = 1" if statement.dialect in _FLAGS_ARE_NUMBERS else ""
    return replace(narrowed, main=(*narrowed.main, f" OR of_source.{flag}{is_set}"))


def watch_increment(rows: Rows, watch: CursorWatch, deleted: str) -> Iterator[pa.RecordBatch]:
    """The batches unchanged; `watch` sees the highest value of those in the range.

    Raises:
        SourceRefused: the rows lack the cursor's column, or it is of another kind.
    """
    see = watch_of(rows, watch)
    again = _reads_again(watch.range, deleted)
    for batch in rows.batches:
        see(_without_earlier(batch, watch.range, deleted) if again else batch)
        yield batch


def _reads_again(cursor: CursorRange, deleted: str) -> bool:
    return bool(deleted) and cursor.end is None and not cursor.bounded


def _without_earlier(batch: pa.RecordBatch, cursor: CursorRange, deleted: str) -> pa.RecordBatch:
    """The rows that are here for their cursor's value, and not for being deleted alone."""
    import pyarrow as pa

    flagged = is_true(batch.column(deleted))
    if not flagged.true_count:
        return batch
    values = batch.column(cursor.field)
    with refuse_endless(cursor.field):
        kept = [
            not flag or cursor.holds(values[at].as_py())
            for at, flag in enumerate(flagged.to_pylist())
        ]
    return batch if all(kept) else batch.filter(pa.array(kept, pa.bool_()))
