"""Passwords as the server keeps them: sent so, they are in no log of statements."""

from __future__ import annotations

import psycopg
from psycopg import sql


def hash_password(connection: psycopg.Connection, role: str, password: str) -> sql.Literal:
    """What the server keeps of a role's password (SCRAM-SHA-256), for `CREATE` or `ALTER ROLE`."""
    hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return sql.Literal(hashed.decode())
