"""Partitioned versions (`publish.partitions`) on a server: made, filled, shown, dropped."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from medallion.errors import DataRejected, WarehouseRefused
from medallion.names import PublishedTable, TableName
from medallion.prose import tally
from medallion.publish.partitions import (
    FIRST,
    LAST,
    MOST_PARTITIONS,
    Partitions,
    create_partition,
    rows_of,
)
from medallion.publish.relations import add_column_to, identifier, parent_of
from medallion.warehouse.registry.deletions import record_deletion
from medallion.warehouse.registry.pins import pins_of
from medallion.warehouse.registry.records import take_rows_off
from medallion.warehouse.session.relations import columns_of, oid_of, row_count
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.selects import (
    list_partitioned,
    list_shown_selects,
    show_also,
    show_without,
)
from medallion.warehouse.tables.staging import analyze

SQL = "tables/partitioned.sql"
LONGEST_PLANNING_SECONDS = 2.0
"""How long a publication waits for statements that were planned before a partition was there, and
whose rows are read after it: planning takes milliseconds, and a long query has its rows already."""
_MOMENT = "timestamp with time zone"
_TIMES = frozenset(("date", "timestamp without time zone", _MOMENT))
_BOUNDS = re.compile(r"FROM \('([^']+)'\) TO \('([^']+)'\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition: what of the table is in it, and its bytes on disk.

    Attributes:
        is_new: nobody has published into it yet.
    """

    name: TableName
    start: datetime
    end: datetime
    bytes: int
    is_new: bool = False


def read_layout(connection: psycopg.Connection, version: TableName) -> str | None:
    """How a version is partitioned, as `Partitions` says it; None: it is a plain table."""
    asked = {"rows": identifier(rows_of(version)).as_string(connection)}
    row = connection.execute(statements(SQL)["layout"], asked).fetchone()
    return str(row[0]) if row else None


def find_stored(connection: psycopg.Connection, version: TableName) -> TableName:
    """The table that a version's rows are in, which has the indexes and the statistics."""
    return version if read_layout(connection, version) is None else rows_of(version)


def make_partitions(
    connection: psycopg.Connection,
    table: PublishedTable,
    version: int,
    partitions: Partitions,
    source: TableName,
) -> tuple[Partition, ...]:
    """Make the partitions that the rows of a source need, and the one after them: a table that
    grows day by day has it long before its rows come, and every session knows it by then.

    Returns:
        Those that the rows need and in which no publication has brought rows yet: also what a try
        that was killed, or another run, has made just now.

    Raises:
        DataRejected: a row has no time, or one of no calendar; or there would be too many.
        WarehouseRefused: the column is neither a date nor a time.
    """
    there = {one.name: one for one in _read_partitions(connection, table.version(version))}
    needed = _find_starts(connection, table, partitions, source)
    wanted = {partitions.name_of(table, version, start): start for start in needed}
    if needed:
        ahead = partitions.end_of(needed[-1])
        wanted[partitions.name_of(table, version, ahead)] = ahead
    missing = [name for name in wanted if name not in there]
    if len(there) + len(missing) > MOST_PARTITIONS:
        raise DataRejected(
            f"{table.public} would have {len(there) + len(missing):,} partitions, {partitions}, "
            f"and {MOST_PARTITIONS:,} is the limit: its times reach from "
            f"{min(needed):%Y-%m-%d} to {max(needed):%Y-%m-%d}",
            remedy="have longer ones, `partition_by: {by: month}` or `year`, or look at the "
            "earliest and the latest times. The published table is untouched",
        )
    for name in missing:
        start, end = wanted[name], partitions.end_of(wanted[name])
        for statement in create_partition(table.version(version), name, start, end):
            connection.execute(statement)
        there[name] = Partition(name=name, start=start, end=end, bytes=0, is_new=True)
    return tuple(there[name] for name in wanted if there[name].is_new and wanted[name] in needed)


def hold_to_time(
    connection: psycopg.Connection,
    table: PublishedTable,
    partitions: Partitions,
    source: TableName,
) -> str:
    """The type of the column by which a table is partitioned.

    Raises:
        WarehouseRefused: it is neither a date nor a time.
    """
    kinds = {one.name: one.type for one in columns_of(connection, source)}
    kind = kinds.get(partitions.column, "not there")
    if kind not in _TIMES:
        raise WarehouseRefused(
            f"{table.public} cannot be partitioned by {partitions.column}: it is {kind}",
            remedy="name a column in `partition_by` that is a date or a time. The published table "
            "is untouched",
        )
    return kind


def _find_starts(
    connection: psycopg.Connection,
    table: PublishedTable,
    partitions: Partitions,
    source: TableName,
) -> Sequence[datetime]:
    kind = hold_to_time(connection, table, partitions, source)
    column = sql.Identifier(partitions.column)
    cast = sql.SQL("{} AT TIME ZONE 'UTC'" if kind == _MOMENT else "{}::timestamp")
    asking = statements(SQL)["starts"].format(
        column=column,
        in_utc=cast.format(column),
        source=identifier(source),
        grain=sql.Literal(partitions.grain),
        first=sql.Literal(FIRST.isoformat()),
        last=sql.Literal(LAST.isoformat()),
    )
    starts: list[datetime] = []
    for start, empty, rows in connection.execute(asking).fetchall():
        if start is None:
            raise _outside(table, partitions, source, empty, rows - empty)
        starts.append(start)
    return starts


def _outside(
    table: PublishedTable, partitions: Partitions, source: TableName, empty: int, beyond: int
) -> DataRejected:
    """Rows that no partition is for."""
    why = [f"{tally(empty, 'row')} without one"] if empty else []
    why += [f"{beyond:,} before {FIRST:%Y} or after {LAST.year - 1}"] if beyond else []
    column = partitions.column
    staged = (
        f"have a check quarantine such rows: `between: {{column: {column}, min_value: …, "
        "max_value: …, on_failure: quarantine}` or `not_null`, or have the SELECT leave them out"
    )
    published = "they are published already: take `partition_by` out until they are replaced"
    is_published = source.schema == parent_of(table).schema
    return DataRejected(
        f"{table.public} is partitioned {partitions}, and there are times that no partition is "
        f"for: {' and '.join(why)}",
        remedy=f"{published if is_published else staged}. The published table is untouched",
    )


def wait_for_planners(url: str, version: TableName) -> None:
    """Wait until nobody is left who may have planned a query with the partitions as they were
    before: at most two seconds, for what takes longer has been planned and is being run."""
    asked = {"rows": identifier(rows_of(version)).as_string()}
    deadline = time.monotonic() + LONGEST_PLANNING_SECONDS
    holders: set[str] | None = None
    while holders is None or (holders and time.monotonic() < deadline):
        with session(url, f"reading who plans queries of {version}") as connection:
            rows = connection.execute(statements(SQL)["holders"], asked).fetchall()
        found = {row[0] for row in rows}
        holders = found if holders is None else holders & found
        if holders:
            time.sleep(0.05)


def analyze_new_partitions(connection: psycopg.Connection, rows: TableName) -> None:
    """Give statistics to partitions that have none yet: readers plan with them.

    Args:
        rows: the partitioned table.
    """
    asked = {"rows": identifier(rows).as_string(connection)}
    for (name,) in connection.execute(statements(SQL)["never_analyzed"], asked).fetchall():
        analyze(connection, TableName(rows.schema, name))


def show_version_in_partitions(
    connection: psycopg.Connection, table: PublishedTable, version: int, least: int
) -> None:
    """Let the public view show a partitioned version, where it does not know it."""
    known = {one.number for one in list_shown_selects(connection, table)}
    if version not in known:
        show_also(connection, table, version, least)


def add_missing_columns(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Give partitioned versions the columns that the versions' parent has got: others inherit
    them. One of a former shape, which is only kept because it is pinned, stays as it is."""
    shown = [one.number for one in list_shown_selects(connection, table) if one.is_partitioned]
    for version in map(table.version, shown):
        has = {one.name for one in columns_of(connection, version)}
        missing = [one for one in columns_of(connection, parent_of(table)) if one.name not in has]
        for column in missing:
            connection.execute(add_column_to(rows_of(version), column))
        if missing:
            connection.execute(
                sql.SQL("CREATE OR REPLACE VIEW {} AS SELECT * FROM {}").format(
                    identifier(version), identifier(rows_of(version))
                )
            )


def drop_partitioned(connection: psycopg.Connection, table: PublishedTable, version: int) -> None:
    """Have the public view know a version no longer, and drop it. The caller holds the table's
    lock."""
    show_without(connection, table, {version})
    connection.execute(
        sql.SQL("DROP TABLE {} CASCADE").format(identifier(rows_of(table.version(version))))
    )


def find_old_partitions(
    connection: psycopg.Connection,
    table: PublishedTable,
    partitions: Partitions,
    now: datetime,
    but: Collection[int] = (),
) -> tuple[Partition, ...]:
    """Those of all versions whose end is longer ago than they are kept.

    Args:
        but: versions that lose none: somebody has pinned them.
    """
    if partitions.retention is None:
        return ()
    numbers = (one for one in list_partitioned(connection, table) if one not in but)
    return tuple(
        one
        for version in map(table.version, numbers)
        for one in _read_partitions(connection, version)
        if partitions.is_past(one.end, now)
    )


def count_rows(connection: psycopg.Connection, partition: Partition) -> int:
    """How many rows a partition has; of one that is gone: 0."""
    is_there = oid_of(connection, partition.name) is not None
    return row_count(connection, partition.name) if is_there else 0


def drop_partition(
    connection: psycopg.Connection, *, table: PublishedTable, partition: Partition, reason: str
) -> int | None:
    """Drop a partition, and record that; how many rows it had. The caller holds the table's lock,
    and waits for no reader for long. None: it is gone already, or somebody has pinned its version
    just now."""
    if oid_of(connection, partition.name) is None or _is_pinned(connection, table, partition):
        return None
    rows = row_count(connection, partition.name)
    record_deletion(
        connection,
        "partition",
        table,
        reason,
        rows=rows,
        bytes=partition.bytes,
        oldest=partition.start,
        newest=partition.end,
        place=str(partition.name),
    )
    take_rows_off(connection, table, _find_version(partition), rows)
    # Last: readers wait from here until the transaction ends.
    connection.execute(sql.SQL("DROP TABLE {}").format(identifier(partition.name)))
    return rows


def _find_version(partition: Partition) -> int:
    """The number of the version that a partition is of.

    >>> start = datetime(2026, 2, 1, tzinfo=UTC)
    >>> name = TableName("store_silver_bank", "pay__v7__v12__p2026_02")
    >>> _find_version(Partition(name=name, start=start, end=start, bytes=0))
    12
    """
    version, _, _ = partition.name.table.rpartition("__p")
    return int(version.rpartition("__v")[2])


def _is_pinned(connection: psycopg.Connection, table: PublishedTable, partition: Partition) -> bool:
    pinned = (f"{table.version(number).table}__p" for number in pins_of(connection, table))
    return partition.name.table.startswith(tuple(pinned))


def _read_partitions(connection: psycopg.Connection, version: TableName) -> list[Partition]:
    """The partitions of a version by their names, with their bounds in UTC."""
    asked = {"rows": identifier(rows_of(version)).as_string(connection)}
    rows = connection.execute(statements(SQL)["partitions"], asked).fetchall()
    return [
        Partition(
            name=TableName(version.schema, name),
            start=_moment(said[1]),
            end=_moment(said[2]),
            bytes=size,
            is_new=is_new,
        )
        for name, bound, size, is_new in rows
        if (said := _BOUNDS.search(bound))
    ]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
