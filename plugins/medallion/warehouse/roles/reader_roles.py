"""Reader roles, one a domain, and `bi_reader` on gold: an administrator's business."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import psycopg
from psycopg import sql

from medallion.names import BI_READER, READER_PREFIX
from medallion.warehouse.session.statements import statements

SQL = "roles/reader_roles.sql"

CONNECTION_LIMIT = 50
SETTINGS = {"statement_timeout": "15min", "idle_in_transaction_session_timeout": "1h"}
"""What one reader may take of the server: docs/operations.md says so, and how to change it."""


def ensure_roles(connection: psycopg.Connection, roles: Iterable[str]) -> tuple[str, ...]:
    """Create the roles that are missing, without login; those that were created.

    Needs a connection that may create roles. People and tools log in with roles of their own that
    are granted these.
    """
    created = []
    for role in sorted(set(roles)):
        found = connection.execute(statements(SQL)["is_there"], {"role": role}).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
            created.append(role)
    return tuple(created)


def admit_readers(admin: psycopg.Connection, roles: Iterable[str]) -> Iterator[str]:
    """Let roles connect to the database of `admin`, and give readers their limits; each change in
    a line. A limit that somebody has set is left as it is.
    """
    row = admin.execute(statements(SQL)["database"]).fetchone()
    database = str(row[0]) if row else ""
    for role in roles:
        allowed = admin.execute(statements(SQL)["may_connect"], {"role": role}).fetchone()
        if not (allowed and allowed[0]):
            admin.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(database), sql.Identifier(role)
                )
            )
            yield f"{role} may connect to {database}"
        if role == BI_READER or role.startswith(READER_PREFIX):
            yield from limit(admin, role, sessions=CONNECTION_LIMIT, settings=SETTINGS)


def limit(
    admin: psycopg.Connection, role: str, *, sessions: int, settings: Mapping[str, str]
) -> Iterator[str]:
    """Give a role the limits that it lacks in the database of `admin`; each in a line. One that
    somebody has set is left as it is.
    """
    found = admin.execute(statements(SQL)["limits"], {"role": role}).fetchone()
    known_sessions, known_settings = found or (-1, [])
    name = sql.Identifier(role)
    if known_sessions == -1:
        admin.execute(
            sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(name, sql.Literal(sessions))
        )
        yield f"{role} may have {sessions} sessions"
    for setting, value in settings.items():
        if setting not in known_settings:
            admin.execute(
                sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
                    name,
                    sql.Identifier(admin.info.dbname),
                    sql.Identifier(setting),
                    sql.Literal(value),
                )
            )
            yield f"{role} has {setting} {value}"
