"""Databases of the embedded server that one process uses and drops: what `preview` and `test` try
things in. Each has an owner of its own name, which may create roles for domains.
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


def create_scratch(server: EmbeddedPostgres, name: str, password: str) -> None:
    """Make the database and its owner, after what a killed process has left is dropped.

    Args:
        server: which runs.
        name: of both; it begins with `scratch_`.
        password: of the owner.
    """
    role = sql.Identifier(name)
    with psycopg.connect(server.url(), autocommit=True) as admin:
        # Between its making and `hold_scratch` a database has no session: nobody sweeps then.
        admin.execute(_ONE_AT_A_TIME)
        for (left,) in admin.execute(_LEFT_BEHIND, {"prefix": PREFIX}).fetchall():
            _drop(admin, left)
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(role, password))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))


@contextmanager
def hold_scratch(server: EmbeddedPostgres, name: str) -> Iterator[None]:
    """A session that shows that the database is in use; it ends with the process."""
    with psycopg.connect(server.url(name), autocommit=True, application_name="medallion scratch"):
        yield


def drop_scratch(server: EmbeddedPostgres, name: str) -> None:
    """Drop the database, its owner, and the roles that its owner has made for domains."""
    with psycopg.connect(server.url(), autocommit=True) as admin:
        _drop(admin, name)


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    workers = admin.execute(_WORKERS, [WORKER_PREFIX, f"%\\_\\_{name}"]).fetchall()
    for owned in [*(worker[0] for worker in workers), name]:
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(owned)))
