"""A database's rows from a cursor's value on: the SELECT narrowed, the highest value seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from medallion.errors import SourceRefused
from medallion.sources.cursor import KIND_IN_WORDS, CursorRange, CursorWatch
from medallion.sources.database_query import Statement
from medallion.sources.database_rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import exp

START, END = "cursor_start", "cursor_end"


def narrowed(statement: Statement, cursor: CursorRange, function: str = "") -> Statement:
    """The same rows within the cursor's range; its bounds are bound, never written.

    Args:
        statement: what is read without a cursor.
        cursor: the range.
        function: makes values comparable, called with a value and the cursor's kind; empty where
            the database compares its columns as what they are.
    """
    from sqlglot import exp

    def comparable(value: exp.Expr) -> exp.Expr:
        if not function:
            return value
        return exp.Anonymous(this=function, expressions=[value, exp.Literal.string(cursor.kind)])

    inner = statement.tree.subquery("of_source", copy=True)
    column = comparable(exp.column(cursor.field, table="of_source", quoted=True))
    lower = exp.GTE if cursor.start_inclusive else exp.GT
    start = comparable(exp.Placeholder(this=START))
    select = exp.select("of_source.*").from_(inner).where(lower(this=column, expression=start))
    values = {**statement.values, START: cursor.start}
    if cursor.end is not None:
        upper = exp.LTE if cursor.end_inclusive else exp.LT
        end = comparable(exp.Placeholder(this=END))
        select = select.where(upper(this=column.copy(), expression=end))
        values[END] = cursor.end
    return replace(statement, tree=select, values=values, written="")


def watched(rows: Rows, watch: CursorWatch) -> Iterator[pa.RecordBatch]:
    """The batches as they are; on the way the highest value is seen.

    Raises:
        SourceRefused: the rows have no such column, or the database compares it as something else
            than the cursor is.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    _hold_column(rows, watch.range)
    as_texts = pa.types.is_string(rows.schema.field(watch.field).type)
    for batch in rows.batches:
        column = batch.column(watch.field)
        if as_texts:  # the order of texts need not be that of what they say
            for value in column.to_pylist():
                _hold(value, watch.range)
                watch.see(value)
        elif batch.num_rows:
            ends = pc.min_max(column).as_py()
            _hold(ends["min"], watch.range)
            _hold(ends["max"], watch.range)
            watch.see(ends["max"], records=batch.num_rows, without=column.null_count)
        yield batch


def _hold_column(rows: Rows, cursor: CursorRange) -> None:
    """The column is there, and is compared as what the cursor is."""
    import pyarrow as pa

    if cursor.field not in rows.schema.names:
        raise SourceRefused(
            f"the rows have no column {cursor.field!r}, which is the cursor's; they have "
            + ", ".join(map(repr, rows.schema.names)),
            remedy="name it in `cursor.field` as the database does, small and capital letters too",
        )
    held = rows.schema.field(cursor.field).type
    if cursor.kind == "date" and pa.types.is_timestamp(held):
        raise SourceRefused(
            f"the cursor's column {cursor.field} holds times, and the cursor is a date: a day that "
            "is read to its end and one that has only begun would look the same",
            remedy=f"write `cursor.initial_value` as a time: {cursor.start}T00:00:00Z",
        )
    as_text = pa.types.is_string(held) and cursor.field not in rows.times
    if cursor.kind != "integer" and as_text:
        raise SourceRefused(
            f"the cursor's column {cursor.field} is a text to the database: it compares letters, "
            f"where the cursor is {KIND_IN_WORDS[cursor.kind]}",
            remedy="read a column that has a type of times; or convert it in the source's `query`, "
            f"in the database's own words: CAST({cursor.field} AS …) AS {cursor.field}",
        )


def _hold(value: object, cursor: CursorRange) -> None:
    """A row is within the range as we read its value, not only as the database does."""
    if not cursor.holds(value):
        raise SourceRefused(
            f"the database gives a row whose {cursor.field} is {value}, outside of what was asked "
            f"for: it compares the column otherwise than as {KIND_IN_WORDS[cursor.kind]}",
            remedy="is it a text, or finer than a microsecond? Convert it in the source's `query`, "
            "or use `write_disposition: merge`, to which a row that comes again is nothing new",
        )
