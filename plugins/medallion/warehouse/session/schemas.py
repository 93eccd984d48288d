"""The schemas of a published table: the public one, and those that readers have no rights on."""

from __future__ import annotations

import psycopg
from psycopg import sql

from medallion.names import Area, PublishedTable


def ensure_schemas(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Create what is missing. Safe when several runs do it at once; cheap when nothing is."""
    wanted = [table.schema(), *(table.schema(area) for area in Area)]
    found = connection.execute(
        "SELECT count(*) FROM pg_namespace WHERE nspname = ANY(%s)", [wanted]
    ).fetchone()
    if found and found[0] == len(wanted):
        return
    # CREATE SCHEMA IF NOT EXISTS races with itself: one at a time.
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [wanted[0]])
    for schema in wanted:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
