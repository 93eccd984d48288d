"""A database's rows from a cursor's value on: the SELECT narrowed, the highest value seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from medallion.errors import SourceRefused
from medallion.sources.cursor import CursorRange, CursorWatch
from medallion.sources.database_query import Statement

if TYPE_CHECKING:
    import pyarrow as pa

START, END = "cursor_start", "cursor_end"


def narrowed(statement: Statement, cursor: CursorRange) -> Statement:
    """The same rows within the cursor's range; its bounds are bound, never written."""
    from sqlglot import exp

    inner = statement.tree.subquery("of_source", copy=True)
    column = exp.column(cursor.field, table="of_source", quoted=True)
    lower = exp.GTE if cursor.start_inclusive else exp.GT
    select = (
        exp.select("of_source.*")
        .from_(inner)
        .where(lower(this=column, expression=exp.Placeholder(this=START)))
    )
    values = {**statement.values, START: cursor.start}
    if cursor.end is not None:
        upper = exp.LTE if cursor.end_inclusive else exp.LT
        select = select.where(upper(this=column.copy(), expression=exp.Placeholder(this=END)))
        values[END] = cursor.end
    return replace(statement, tree=select, values=values, written="")


def watched(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], watch: CursorWatch
) -> Iterator[pa.RecordBatch]:
    """The batches as they are; on the way the highest value is seen.

    Raises:
        SourceRefused: the rows have no such column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if watch.field not in schema.names:
        raise SourceRefused(
            f"the rows have no column {watch.field!r}, which is the cursor's; they have "
            + ", ".join(map(repr, schema.names)),
            remedy="name it in `cursor.field` as the database does, small and capital letters too",
        )
    as_texts = pa.types.is_string(schema.field(watch.field).type)
    for batch in batches:
        column = batch.column(watch.field)
        if as_texts:  # the order of texts need not be that of what they say
            for value in column.to_pylist():
                watch.see(value)
        elif batch.num_rows:
            watch.see(pc.max(column).as_py(), records=batch.num_rows, without=column.null_count)
        yield batch
