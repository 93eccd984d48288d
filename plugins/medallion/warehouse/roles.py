"""Reader roles, one a domain, and `bi_reader` on gold: an administrator's business."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import sql


def ensure_roles(connection: psycopg.Connection, roles: Iterable[str]) -> tuple[str, ...]:
    """Create the roles that are missing, without login; those that were created.

    Needs a connection that may create roles. People and tools log in with roles of their own that
    are granted these.
    """
    created = []
    for role in sorted(set(roles)):
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
            created.append(role)
    return tuple(created)
