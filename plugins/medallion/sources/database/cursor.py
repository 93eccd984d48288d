"""A database's rows within a cursor's range: the SELECT is narrowed, and the highest value
observed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from medallion.errors import SourceRefused
from medallion.sources.base.cursor import KIND_IN_WORDS, CursorRange, CursorWatch
from medallion.sources.database.query import Statement, quote_name
from medallion.sources.database.rows import Rows
from medallion.sources.database.select import Bound, Parts

if TYPE_CHECKING:
    import pyarrow as pa

START, END = "cursor_start", "cursor_end"


def narrow(statement: Statement, cursor: CursorRange, function: str = "") -> Statement:
    """The same rows within the cursor's range; its bounds are bound as parameters.

    Args:
        statement: what is read without a cursor.
        cursor: the range.
        function: an SQL function of a value and the cursor's kind that makes values comparable;
            empty if the database compares its columns by their types.
    """

    def comparable(*value: str | Bound) -> Parts:
        return (f"{function}(", *value, f", '{cursor.kind}')") if function else value

    column = comparable(f"of_source.{quote_name(cursor.field, statement.dialect)}")
    lower = " >= " if cursor.start_inclusive else " > "
    where = (") of_source WHERE ", *column, lower, *comparable(Bound(name=START)))
    values = {**statement.values, START: cursor.start}
    if cursor.end is not None:
        upper = " <= " if cursor.end_inclusive else " < "
        where = (*where, " AND ", *column, upper, *comparable(Bound(name=END)))
        values[END] = cursor.end
    common, main = statement.wrap("SELECT of_source.* FROM (", *where)
    return replace(statement, common=common, main=main, values=values)


def watch_rows(rows: Rows, watch: CursorWatch) -> Iterator[pa.RecordBatch]:
    """The batches unchanged; on the way `watch` sees the highest value.

    Raises:
        SourceRefused: the rows lack the column, or the database compares it as another type than
            the cursor's.
    """
    see = watch_of(rows, watch)
    for batch in rows.batches:
        see(batch)
        yield batch


def watch_of(rows: Rows, watch: CursorWatch) -> Callable[[pa.RecordBatch], None]:
    """What shows `watch` the values of a batch of these rows.

    Raises:
        SourceRefused: as `watch_rows`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    _hold_column(rows, watch.range)
    as_texts = pa.types.is_string(rows.schema.field(watch.field).type)

    def see(batch: pa.RecordBatch) -> None:
        column = batch.column(watch.field)
        if as_texts:  # the order of texts need not be that of what they say
            for value in column.to_pylist():
                _hold(value, watch.range)
                watch.see(value)
        elif batch.num_rows:
            with refuse_endless(watch.field):
                ends = pc.min_max(column).as_py()
            _hold(ends["min"], watch.range)
            _hold(ends["max"], watch.range)
            watch.see(ends["max"], records=batch.num_rows, without=column.null_count)

    return see


@contextmanager
def refuse_endless(field: str) -> Iterator[None]:
    """Refuse a time that Python's calendar does not have, such as PostgreSQL's `infinity`: a cursor
    that stood there would read nothing any more."""
    try:
        yield
    except OverflowError:
        raise SourceRefused(
            f"the cursor's column {field} has a time that is not in the years 1 to 9999, such as "
            "infinity: no run could read on from there",
            remedy="correct it in the database, or leave such rows out in the source's `query`",
        ) from None


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
