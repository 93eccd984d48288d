"""Databases of the embedded server that one process uses and drops: what `preview` and `test` try
things in. Each has an owner of its own name, which may create roles for domains.

Roles belong to the whole server, and a database without a session is taken for one that a killed
process has left. So one process at a time creates, sweeps or drops, on the whole server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from medallion.local.postgres import EmbeddedPostgres
from medallion.names import WORKER_PREFIX

PREFIX = "scratch_"
_ONE_AT_A_TIME = "SELECT pg_advisory_lock(hashtextextended('medallion.scratch', 0))"
_LEFT_BEHIND = """
SELECT datname FROM pg_database AS d
WHERE starts_with(datname, %(prefix)s)
  AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datid = d.oid)
"""
_WORKERS = "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s) AND rolname LIKE %s"


@contextmanager
def hold_new_scratch(server: EmbeddedPostgres, name: str, password: str) -> Iterator[None]:
    """Make the database and its owner, keep a session in it, and drop both afterwards.

    The session shows other processes that the database is in use, and ends with this one. It
    begins before anybody else may sweep: until then the database looks like one left behind.

    Args:
        server: which runs.
        name: of both; it begins with `scratch_`.
        password: of the owner.
    """
    try:
        with _create_and_connect(server, name, password):
            yield
    finally:
        drop_scratch(server, name)


def create_scratch(server: EmbeddedPostgres, name: str, password: str) -> None:
    """Make a database and its owner that outlive this process; its name does not begin with
    `scratch_`, or the next process would sweep it."""
    with _one_at_a_time(server) as admin:
        _create(admin, name, password)


def drop_scratch(server: EmbeddedPostgres, name: str) -> None:
    """Drop the database, its owner, and the roles that its owner has made for domains."""
    with _one_at_a_time(server) as admin:
        _drop(admin, name)


@contextmanager
def _one_at_a_time(server: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """The superuser's session, which has the lock until its end. Advisory locks belong to a
    database: all take this one in the same."""
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(_ONE_AT_A_TIME)
        yield admin


def _create_and_connect(server: EmbeddedPostgres, name: str, password: str) -> psycopg.Connection:
    """After what a killed process has left is dropped."""
    with _one_at_a_time(server) as admin:
        for (left,) in admin.execute(_LEFT_BEHIND, {"prefix": PREFIX}).fetchall():
            _drop(admin, left)
        _create(admin, name, password)
        return psycopg.connect(
            server.url(name), autocommit=True, application_name="medallion scratch"
        )


def _create(admin: psycopg.Connection, name: str, password: str) -> None:
    role = sql.Identifier(name)
    admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(role, password))
    admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    workers = admin.execute(_WORKERS, [WORKER_PREFIX, f"%\\_\\_{name}"]).fetchall()
    for owned in [*(worker[0] for worker in workers), name]:
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(owned)))
