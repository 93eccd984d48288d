"""Features joined to labels as they were known at the labels' times. No row of the future.

DuckDB does it: its ASOF join sorts both sides once, in bounded memory with the rest on disk. The
warehouse's own roles for readers may not make the temporary table that it would need there, and
Polars would hold all of it. Times are compared as whole microseconds, so no zone is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medallion.errors import CannotRead
from medallion.warehouse.reading.features import TIME

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROW, LABEL_TIME = "_row", "_label_time"
MEMORY = "1GB"
"""What DuckDB holds; the rest of a join is in a temporary file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What is joined of one view: its columns, and what they are called afterwards."""

    entity: tuple[str, ...]
    features: tuple[str, ...]
    called: tuple[str, ...]
    ttl_microseconds: int | None


def with_times(labels: pa.Table, label_time: str) -> pa.Table:
    """Labels with their number, and their time in whole microseconds since 1970, rounded down.

    Raises:
        CannotRead: there is no such column, or it holds no times.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if label_time not in labels.column_names:
        raise CannotRead(
            f"the labels have no column {label_time!r}",
            remedy=f"label_time= one of {', '.join(labels.column_names)}",
        )
    times = labels[label_time]
    if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type)):
        raise CannotRead(
            f"{label_time} is {times.type}, not a time",
            remedy="make times of it: pandas.to_datetime(…)",
        )
    if pa.types.is_timestamp(times.type) and times.type.unit == "ns":
        times = pc.floor_temporal(times, unit="microsecond")
    zone = getattr(times.type, "tz", None)
    whole = times.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64())
    numbers = pa.array(range(labels.num_rows), pa.int64())
    return labels.append_column(ROW, numbers).append_column(LABEL_TIME, whole)


def join(labels: pa.Table, rows: pa.RecordBatchReader, view: Joined) -> pa.Table:
    """The features of one view for each label, by `_row`.

    A label gets the features of its entity's latest row with an event time not after the label's;
    NULLs where there is none, or where that row is older than `ttl` (an age of just `ttl` counts).

    Args:
        labels: of `with_times`.
        rows: one a entity and event time: the entity, the features, and `_event_time`.
    """
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute("SET memory_limit = ?", [MEMORY])
        connection.execute("SET preserve_insertion_order = false")
        connection.register("labels", labels.select([ROW, LABEL_TIME, *dict.fromkeys(view.entity)]))
        connection.register("events", rows)
        return _query(connection, view).to_arrow_table()


def _query(connection: duckdb.DuckDBPyConnection, view: Joined) -> Any:
    from sqlglot import exp

    def column(table: str, name: str) -> exp.Column:
        return exp.column(name, table=table, quoted=True)

    time, label_time = column("e", TIME), column("l", LABEL_TIME)
    holds: exp.Expression = exp.true()
    if view.ttl_microseconds is not None:
        oldest = exp.Sub(this=label_time, expression=exp.Literal.number(view.ttl_microseconds))
        holds = exp.GTE(this=time, expression=oldest)
    features = [
        exp.alias_(exp.If(this=holds.copy(), true=column("e", name)), called, quoted=True)
        for name, called in zip(view.features, view.called, strict=True)
    ]
    same = [exp.EQ(this=column("l", name), expression=column("e", name)) for name in view.entity]
    on = exp.and_(*same, exp.GTE(this=label_time.copy(), expression=time.copy()))
    joined = exp.Join(this=exp.to_table("events", alias="e"), method="ASOF", side="LEFT", on=on)
    select = exp.select(column("l", ROW), *features).from_(exp.to_table("labels", alias="l"))
    select.append("joins", joined)
    return connection.sql(select.order_by(column("l", ROW)).sql(dialect="duckdb"))


def names_of(wanted: Sequence[tuple[str, str]], taken: Sequence[str]) -> dict[tuple[str, str], str]:
    """What each feature of a table is called: by its own name, or, where that is taken by a label
    or another feature, `<table>__<feature>`, as Feast does.

    >>> names_of([("gold_a.t", "x"), ("gold_a.u", "x"), ("gold_a.u", "y")], ["id"])
    {('gold_a.t', 'x'): 't__x', ('gold_a.u', 'x'): 'u__x', ('gold_a.u', 'y'): 'y'}

    Raises:
        CannotRead: two would have one name all the same.
    """
    plain = [feature for _, feature in wanted]
    found = {
        (table, feature): feature
        if plain.count(feature) == 1 and feature not in taken
        else f"{table.partition('.')[2]}__{feature}"
        for table, feature in wanted
    }
    names = [*found.values(), *taken]
    if twice := sorted({name for name in found.values() if names.count(name) > 1}):
        raise CannotRead(
            f"two columns would be called {twice[0]}", remedy="rename the column of the labels"
        )
    return found
