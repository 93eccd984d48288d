"""Poolers between Medallion and PostgreSQL: a session that is not one's own from one transaction to
the next loses what Medallion relies on."""

from __future__ import annotations

import psycopg

from medallion.errors import SetupError

REMEDY = (
    "connect to PostgreSQL itself, or to a pool in session mode: in transaction mode prepared "
    "statements, settings (`SET`) and advisory locks of a session belong to somebody else in the "
    "next transaction"
)


def is_behind_pooler(connection: psycopg.Connection) -> bool:
    """Whether the process that answers is not the one that the login has named: a pooler gives each
    client a number of its own. Begins a transaction."""
    found = connection.execute("SELECT pg_backend_pid()").fetchone()
    return found is not None and found[0] != connection.info.backend_pid


def shares_servers(first: psycopg.Connection, second: psycopg.Connection) -> bool:
    """Whether two connections to a pooler get the same server, one after the other: then it pools
    by transaction or by statement. `first` must be between transactions; both are left so.
    """
    first.rollback()
    before = _server(first)
    first.rollback()
    other = _server(second)  # holds a server until the end of its transaction
    after = _server(first) if other != before else other
    first.rollback()
    second.rollback()
    return other == before or after != before


def _server(connection: psycopg.Connection) -> int:
    found = connection.execute("SELECT pg_backend_pid()").fetchone()
    return int(found[0]) if found else 0


def refuse_shared_sessions(first: psycopg.Connection, second: psycopg.Connection) -> None:
    """Refuse a pool in transaction mode.

    Raises:
        SetupError: it is one.
    """
    if shares_servers(first, second):
        raise SetupError("a pooler in transaction mode is before the warehouse", remedy=REMEDY)
