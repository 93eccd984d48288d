"""The role that Superset logs into the warehouse as: a member of `bi_reader` that only reads.

`bi_reader` itself cannot log in: whatever another BI tool needs, it gets a login of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

from medallion.names import BI_READER
from medallion.warehouse.roles import reader_roles
from medallion.warehouse.session.passwords import hash_password

BI_LOGIN = "superset_reader"
SESSIONS = 30
SETTINGS = {
    "default_transaction_read_only": "on",
    # A chart that takes longer is one for a gold table.
    "statement_timeout": "1min",
    "idle_in_transaction_session_timeout": "1min",
    # A waiting reader makes those behind it wait too.
    "lock_timeout": "10s",
    # A day of timestamptz is cut in it. Written as PostgreSQL keeps it.
    "TimeZone": "UTC",
}


def ensure_bi_login(admin: psycopg.Connection, password: str) -> Iterator[str]:
    """Make the role, or bring it in step; each change in a line. Limits that somebody set stay.

    Args:
        admin: to the warehouse's database; may create roles.
        password: that the role gets. Who has another one cannot log in from then on.
    """
    yield from (
        f"{role} is created" for role in reader_roles.ensure_roles(admin, [BI_READER, BI_LOGIN])
    )
    yield from reader_roles.admit_readers(admin, [BI_READER])
    login = sql.Identifier(BI_LOGIN)
    admin.execute(
        sql.SQL("ALTER ROLE {} LOGIN INHERIT NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            login, hash_password(admin, BI_LOGIN, password)
        )
    )
    admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(BI_READER), login))
    yield from reader_roles.limit(admin, BI_LOGIN, sessions=SESSIONS, settings=SETTINGS)
