"""What the intervals of a table that grows are judged by: what was made, what its inputs have
published since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg

from medallion.names import PublishedTable
from medallion.plan.intervals import InputChange, Made, Span
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry import windows
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import autocommit_session

SQL = "registry/intervals.sql"


def read_made(connection: psycopg.Connection, table: PublishedTable) -> tuple[Made, ...]:
    """What the version that readers see is made of; nothing of a table that does not grow."""
    current = registry.current(connection, table)
    if current is None:
        return ()
    return tuple(
        Made(span=Span(start=one.window.start, end=one.window.end), read_at=one.read_at)
        for one in windows.windows_of(connection, table, current.version)
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
