"""Which server a session is on, and which warehouse of it."""

from __future__ import annotations

import psycopg

from medallion.warehouse.session.statements import statements

SQL = "session/server.sql"


def find_server(connection: psycopg.Connection) -> tuple[str, int] | None:
    """The system identifier and the timeline. None: the server does not say, as some services that
    are managed by others do not, or it is a standby. The transaction continues either way."""
    asked = statements(SQL)
    try:
        with connection.transaction():
            system = connection.execute(asked["system"]).fetchone()
            timeline = connection.execute(asked["timeline"]).fetchone()
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):
        return None
    if system is None or timeline is None or timeline[0] is None:
        return None
    return str(system[0]), int(timeline[0])


def find_warehouse(connection: psycopg.Connection) -> str:
    """`7300000000000000000/16384`: the server's system identifier, which its standbys share, and
    the database's number. Empty: the server does not say. The transaction continues either way.
    """
    asked = statements(SQL)
    try:
        with connection.transaction():
            system = connection.execute(asked["system"]).fetchone()
            database = connection.execute(asked["database"]).fetchone()
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported):
        return ""
    return f"{system[0]}/{database[0]}" if system and database else ""
