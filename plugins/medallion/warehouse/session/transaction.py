"""One transaction of the warehouse, with the registry in place and errors in plain words.

Steps, operations and the command line open the warehouse here and hand the session on to the named
functions of `warehouse/`. They know no driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg

from medallion.errors import WarehouseUnavailable
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.migrate import list_released, migrate
from medallion.warehouse.session.pooler import is_behind_pooler, refuse_shared_sessions
from medallion.warehouse.session.reuse import transaction

Session: TypeAlias = psycopg.Connection
"""An open transaction. Only the functions of `warehouse/` execute statements in it."""

_READY: set[tuple[str, int, str]] = set()
"""Host, port and name of each database whose registry this process has brought up to date."""


@contextmanager
def session(url: str, doing: str) -> Iterator[Session]:
    """One transaction, in UTC: committed when the block ends, rolled back where it raises.

    The first session of a process brings the registry up to date, in a transaction of its own: so
    its locks end at once, and an error of the block does not undo it. Later sessions do not look
    again. A task is a process, so each task looks once.

    Args:
        url: a libpq URL of the loader.
        doing: what the block does, for the error's first words: "publishing silver_cinema.movies".

    Raises:
        WarehouseUnavailable: the server does not answer, it is a standby, or a lock is not free in
            time. Retried.
        WarehouseRefused: PostgreSQL refuses a statement.
        QueryCancelled: a statement ran out of its time.
        SetupError: a newer Medallion has upgraded the registry, or a pooler in transaction mode is
            in between.
    """
    with (
        translate_errors(doing),
        transaction(url) as connection,
        _name_standby(connection, doing),
    ):
        _bring_registry_up_to_date(connection, url)
        yield connection


@contextmanager
def autocommit_session(url: str, doing: str) -> Iterator[Session]:
    """The same, but each statement is its own transaction: for a lock of the session, or to watch
    what others do."""
    with session(url, doing) as connection:
        connection.commit()
        connection.autocommit = True
        yield connection


def leave_to_next_commit(connection: Session) -> None:
    """Have this transaction's commit not wait for the disk. The log is written in order, so that
    the next commit that waits brings this one there as well. For what is done again where a crash
    comes before that."""
    connection.execute("SET LOCAL synchronous_commit = off")


@contextmanager
def _name_standby(connection: psycopg.Connection, doing: str) -> Iterator[None]:
    """A standby refuses what writes, as a session that may only read does. The one passes: it is
    promoted, or the next session finds the primary."""
    try:
        yield
    except psycopg.errors.ReadOnlySqlTransaction:
        if connection.info.parameter_status("in_hot_standby") != "on":
            raise
        raise WarehouseUnavailable(
            f"PostgreSQL, {doing}: {connection.info.host} is a standby, which only reads",
            remedy="name all hosts of the warehouse, with target_session_attrs=read-write: then "
            "the one that may write is found (docs/reliability.md)",
        ) from None


def _bring_registry_up_to_date(connection: psycopg.Connection, url: str) -> None:
    info = connection.info
    database = (info.host, info.port, info.dbname)
    if database in _READY:
        return
    _refuse_pool_of_transactions(connection, url)
    migrate(connection, list_released())
    connection.commit()
    _READY.add(database)


def _refuse_pool_of_transactions(connection: psycopg.Connection, url: str) -> None:
    """Once for each process: a question, and a second connection where a pooler is in between."""
    if is_behind_pooler(connection):
        with connect(url) as second:
            refuse_shared_sessions(connection, second)
