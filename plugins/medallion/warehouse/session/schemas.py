"""The schemas of a published table: the public one, and those that readers have no rights on."""

from __future__ import annotations

import psycopg
from psycopg import sql

from medallion.names import Area, PublishedTable
from medallion.warehouse.session.statements import statements

SQL = "session/schemas.sql"


def ensure_schemas(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Create what is missing. Safe when several runs do it at once; cheap when nothing is."""
    wanted = [table.schema(), *(table.schema(area) for area in Area)]
    found = connection.execute(statements(SQL)["count"], {"schemas": wanted}).fetchone()
    if found and found[0] == len(wanted):
        return
    connection.execute(statements(SQL)["one_at_a_time"], {"schema": wanted[0]})
    for schema in wanted:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
