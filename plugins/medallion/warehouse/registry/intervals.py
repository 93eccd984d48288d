"""What the intervals of a table that grows are judged by: what was made, what its inputs have
published since, what retention has dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg

from medallion.names import PublishedTable
from medallion.plan.intervals import Dropped, InputChange, Made, Span
from medallion.publish.partitions import Partitions
from medallion.publish.relations import parent_of
from medallion.publish.window import Increment
from medallion.schedules.clock import zone_of
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry import windows
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import autocommit_session

SQL = "registry/intervals.sql"
_MOMENT = "timestamp with time zone"


def read_made(connection: psycopg.Connection, table: PublishedTable) -> tuple[Made, ...]:
    """What the version that readers see is made of; nothing of a table that does not grow."""
    current = registry.current(connection, table)
    if current is None:
        return ()
    return tuple(
        Made(span=Span(start=one.window.start, end=one.window.end), read_at=one.read_at)
        for one in windows.windows_of(connection, table, current.version)
    )


def read_dropped(
    connection: psycopg.Connection,
    table: PublishedTable,
    partitions: Partitions | None,
    increment: Increment,
) -> tuple[Dropped, ...]:
    """What retention has dropped of the version that readers see: nothing of a table whose
    partitions are not of the time by which it grows."""
    current = registry.current(connection, table)
    if partitions is None or current is None or partitions.column != increment.time_column:
        return ()
    asked = {**table.key(), "of_version": f"{table.version(current.version)}__p"}
    rows = connection.execute(statements(SQL)["dropped"], asked).fetchall()
    if not rows:
        return ()
    types = {one.name: one.type for one in columns_of(connection, parent_of(table))}
    # A date, and a time without a zone, is one of the pipeline's clock.
    zone = UTC if types.get(partitions.column) == _MOMENT else zone_of(increment.timezone)
    return tuple(
        Dropped(until=_in_utc(_in_utc(newest).replace(tzinfo=zone)), at=at) for newest, at in rows
    )


def read_changes(
    connection: psycopg.Connection, table: PublishedTable, since: datetime
) -> tuple[InputChange, ...]:
    """What the inputs of a table have published since a moment, as of the table's last
    publication's SELECT."""
    rows = connection.execute(
        statements(SQL)["changes"], {**table.key(), "since": since}
    ).fetchall()
    return tuple(
        InputChange(
            table=name,
            span=Span(start=_in_utc(start), end=_in_utc(end)),
            at=at,
            of_load=of_load,
        )
        for name, start, end, at, of_load in rows
    )


@contextmanager
def one_restatement_at_a_time(url: str, table: PublishedTable) -> Iterator[None]:
    """Wait until no other process makes restated intervals of a table again, and hold it: their
    runs have one name, and so one staging table. PostgreSQL ends it with the process.

    Raises:
        WarehouseUnavailable: the server does not answer.
    """
    with autocommit_session(url, f"restating {table.public}") as connection:
        connection.execute(
            statements(SQL)["one_restatement_at_a_time"], {"table": str(table.public)}
        )
        yield


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
