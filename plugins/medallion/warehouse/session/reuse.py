"""One connection for a step's transactions that follow each other.

A step looks, works, publishes and records in transactions of their own. To log in for each of them,
and for a new server process to read its catalogue, takes longer than most of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from selectors import EVENT_READ, DefaultSelector

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus

from medallion.warehouse.session.connection import connect

ANSWER_SECONDS = 5.0
"""A server that takes longer to say that it is there is logged in to again, with a time-out."""

_SPARE: ContextVar[dict[str, psycopg.Connection] | None] = ContextVar("spare", default=None)
"""By URL: the connection that waits for the next transaction. None: outside of any block."""


@contextmanager
def reuse_connections() -> Iterator[None]:
    """Have the transactions of the block, in this thread, share one connection for each URL. They
    are closed with the block; a block within another one belongs to it."""
    if _SPARE.get() is not None:
        yield
        return
    spare: dict[str, psycopg.Connection] = {}
    before = _SPARE.set(spare)
    try:
        yield
    finally:
        _SPARE.reset(before)
        for connection in spare.values():
            connection.close()


@contextmanager
def transaction(url: str) -> Iterator[psycopg.Connection]:
    """One transaction, in UTC: committed when the block ends, rolled back where it raises.

    Within `reuse_connections` it may have the connection of one before, if that ended well. Who
    sets anything sets it for the transaction (`set_config(…, true)`): the next one has it not.

    Raises:
        WarehouseUnavailable, WarehouseRefused: the server does not answer, or not this user.
    """
    spare = _SPARE.get()
    if spare is None:
        with connect(url) as connection:
            yield connection
        return
    connection = _take(spare, url) or _new(url)
    try:
        yield connection
        connection.commit()
    except BaseException:
        connection.close()  # which rolls back
        raise
    if url in spare or not _is_as_new(connection):
        connection.close()
    else:
        spare[url] = connection


def _is_as_new(connection: psycopg.Connection) -> bool:
    """Whether it has no transaction, and begins the next one as any other connection would."""
    return (
        connection.info.transaction_status is TransactionStatus.IDLE
        and not connection.autocommit
        and connection.read_only is None
        and connection.isolation_level is None
    )


def _new(url: str) -> psycopg.Connection:
    connection = connect(url)
    # A statement that was prepared by itself would keep the plan of a table that has changed since.
    connection.prepare_threshold = sys.maxsize
    return connection


def _take(spare: dict[str, psycopg.Connection], url: str) -> psycopg.Connection | None:
    """The one that waits, if it still answers."""
    connection = spare.pop(url, None)
    if connection is None:
        return None
    with suppress(psycopg.Error):
        if _answers(connection):
            return connection
    connection.close()
    return None


def _answers(connection: psycopg.Connection) -> bool:
    """Whether the server does, in time: it may have ended the session, or be gone without a word.

    An empty query, and not by `execute`: that would begin the transaction, and some set its
    isolation first. Waited for here, and not in libpq: there no signal would end the wait, neither
    the task's time-out nor who ends the task.
    """
    asked, heard = connection.pgconn, list[int]()
    asked.send_query(b"")
    with DefaultSelector() as selector:
        selector.register(asked.socket, EVENT_READ)
        while True:
            while asked.is_busy():
                if not selector.select(ANSWER_SECONDS):
                    return False
                asked.consume_input()
            answer = asked.get_result()
            if answer is None:
                return heard == [ExecStatus.EMPTY_QUERY]
            heard.append(answer.status)
