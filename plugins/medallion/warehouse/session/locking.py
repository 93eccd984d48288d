"""Short locks: a catalogue change must never make readers queue behind a waiting one.

PostgreSQL grants a table's locks in the order in which they are asked for. A change that waits for
a long reader has every later reader wait behind it, though these would not disturb each other. So a
publication waits for a moment, gives up its place in the queue, and asks again.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg import errors

from medallion.errors import WarehouseUnavailable
from medallion.names import Area, PublishedTable
from medallion.warehouse.session.relations import lock_waits
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import autocommit_session, session

SQL = "session/locking.sql"
LOCK_TIMEOUT_MILLISECONDS = 100
"""How long readers may have to wait behind an attempt."""

T = TypeVar("T")


def lock_deadline_seconds() -> float:
    """How long it keeps trying, in seconds: MEDALLION_PUBLISH_LOCK_DEADLINE, 600 by default."""
    return float(os.environ.get("MEDALLION_PUBLISH_LOCK_DEADLINE", "600"))


def one_at_a_time(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Wait until no other transaction publishes this table; held until the transaction ends.

    An advisory lock and not one on the table: readers do not meet it, so that two publications may
    queue for minutes at no cost to anybody. Whoever has it reads the current version and writes the
    next one, without another publication in between.
    """
    connection.execute(statements(SQL)["one_publication_at_a_time"], {"table": str(table.public)})


@contextmanager
def one_lake_writer_at_a_time(url: str, location: str) -> Iterator[None]:
    """Wait until no other process writes the table of a lake that is there, and hold it. What a
    writer reads of the warehouse under it is no older than what the one before has written.

    Raises:
        WarehouseUnavailable: the server does not answer.
        QueryCancelled: the other one took as long as a statement may take.
    """
    with autocommit_session(url, f"waiting to write {location}") as connection:
        connection.execute(statements(SQL)["one_lake_writer_at_a_time"], {"location": location})
        yield


def in_short_transaction(
    url: str,
    table: PublishedTable,
    work: Callable[[psycopg.Connection], T],
    others: Iterable[PublishedTable] = (),
    *,
    seconds: float | None = None,
) -> T:
    """Run `work` in a transaction that waits at most 100 ms for any lock; again until it passes.

    The advisory lock is taken before the limit is set: it may be waited for as long as it takes. A
    try that meets a lock is rolled back whole, so that `work` always begins from what is committed.
    The tries are a random moment apart: two publications that block each other would meet again.

    Args:
        url: a libpq URL of the loader.
        table: which is published; no other publication of it runs at the same time.
        work: changes the catalogue and returns what the caller needs. It may run several times.
        others: tables that are published in the same transaction.
        seconds: how long it is tried; None: as long as a publication.

    Raises:
        WarehouseUnavailable: at the deadline; the message names who holds the locks.
    """
    limit = lock_deadline_seconds() if seconds is None else seconds
    deadline = time.monotonic() + limit
    while True:
        try:
            with session(url, f"publishing {table.public}") as connection:
                for one in sorted({table, *others}):  # in one order: no two wait for each other
                    one_at_a_time(connection, one)
                connection.execute(
                    statements(SQL)["wait_at_most"], {"time": f"{LOCK_TIMEOUT_MILLISECONDS}ms"}
                )
                return _guard(connection, work)
        except _Locked:
            if time.monotonic() > deadline:
                raise _unavailable(url, table, limit) from None
            time.sleep(random.uniform(0.2, 0.6))  # noqa: S311  # jitter, not a secret


class _Locked(Exception):
    """A lock was not to be had within the short time-out."""


def _guard(connection: psycopg.Connection, work: Callable[[psycopg.Connection], T]) -> T:
    try:
        return work(connection)
    # A deadlock is a reader or another publication that took the same locks in another order. The
    # server has ended this side of it, which is free to try again.
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        raise _Locked from error


def _unavailable(url: str, table: PublishedTable, limit: float) -> WarehouseUnavailable:
    with session(url, f"asking who holds {table.public}") as connection:
        holders = lock_waits(connection, [table.schema(), table.schema(Area.STORE)])
    return WarehouseUnavailable(
        f"{table.public} could not be changed within {limit:.0f} s: "
        f"held by {'; '.join(holders) or 'sessions that this role may not see'}",
        remedy="end those sessions, or wait; readers keep the old version",
    )
