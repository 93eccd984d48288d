"""Connections that are kept from one page to the next.

To log in, and for a new server process to read its catalogue, takes longer than what most pages
ask. A session that has failed is closed; what is kept has nothing of the one before.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.pq import TransactionStatus

from medallion.warehouse.session.connection import connect, translate_errors

MOST = 8
"""That wait to be used again, of one URL."""
SECONDS = 60.0
"""How long one waits at most until it is used again."""

_LOCK = threading.Lock()
_Waiting = tuple[float, psycopg.Connection]
_WAITING: dict[tuple[int, str], list[_Waiting]] = defaultdict(list)
"""By process and URL, with when each was used last."""


@contextmanager
def reading_connection(url: str, *, application_name: str) -> Iterator[psycopg.Connection]:
    """One transaction that only reads, in UTC, on a connection that may have been used before.

    Raises:
        WarehouseUnavailable, WarehouseRefused: the server does not answer, or not this role.
    """
    connection = _again(url) or _new(url, application_name)
    try:
        yield connection
        connection.rollback()
    except BaseException:
        connection.close()
        raise
    for _, one in _keep(url, connection):
        one.close()


@contextmanager
def reading_session(url: str, doing: str, *, name: str) -> Iterator[psycopg.Connection]:
    """The same, with errors in plain words. The registry is left as it is: the role may be one that
    has no right on it.

    Args:
        url: a libpq URL of the role that reads.
        doing: what the block does, for an error's first words.
        name: of the session, for whoever looks at the server's.

    Raises:
        QueryCancelled: a statement ran out of its time.
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    with translate_errors(doing), reading_connection(url, application_name=name) as connection:
        yield connection


def _new(url: str, application_name: str) -> psycopg.Connection:
    connection = connect(url, application_name=application_name)
    connection.execute("SET TRANSACTION READ ONLY")
    return connection


def _again(url: str) -> psycopg.Connection | None:
    """One that still answers; None: there is none."""
    while True:
        with _LOCK:
            waiting = _WAITING[os.getpid(), url]
            if not waiting:
                return None
            since, connection = waiting.pop()
        try:
            if time.monotonic() - since < SECONDS:
                connection.execute("SET TRANSACTION READ ONLY")
                return connection
        except psycopg.OperationalError:
            pass  # the server has ended it
        connection.close()


def _keep(url: str, connection: psycopg.Connection) -> list[_Waiting]:
    """Have it wait for the next page; those that are to be closed."""
    now = time.monotonic()
    is_idle = connection.info.transaction_status is TransactionStatus.IDLE
    with _LOCK:
        waiting = _WAITING[os.getpid(), url]
        closed = [one for one in waiting if now - one[0] >= SECONDS]
        del waiting[: len(closed)]  # the oldest stand first
        # One that is not to be kept is closed with those that have waited too long.
        kept = closed if len(waiting) >= MOST or not is_idle else waiting
        kept.append((now, connection))
    return closed
