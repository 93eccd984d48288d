"""Which server a session is on: its system identifier and its timeline."""

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
