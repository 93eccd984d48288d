"""Read-only questions about relations and roles: columns, indexes, dependents, locks."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from medallion.names import TableName
from medallion.publish.relations import Column, identifier
from medallion.warehouse.session.statements import statements

SQL = "session/relations.sql"


def columns_of(connection: psycopg.Connection, table: TableName) -> tuple[Column, ...]:
    """The columns of a table or view in their order; none where there is no such relation."""
    asked = {"schema": table.schema, "name": table.table}
    rows = connection.execute(statements(SQL)["columns"], asked).fetchall()
    return tuple(Column(name=name, type=kind) for name, kind in rows)


def children_of(connection: psycopg.Connection, table: TableName) -> tuple[str, ...]:
    """The names of the tables that inherit from one, of its schema."""
    asked = {"schema": table.schema, "name": table.table}
    rows = connection.execute(statements(SQL)["children"], asked).fetchall()
    return tuple(row[0] for row in rows)


def indexes_of(connection: psycopg.Connection, table: TableName) -> tuple[str, ...]:
    """The names of a table's indexes, oldest first."""
    rows = connection.execute(
        statements(SQL)["indexes"], {"relation": identifier(table).as_string(connection)}
    ).fetchall()
    return tuple(row[0] for row in rows)


def dependents_of(connection: psycopg.Connection, view: str) -> tuple[str, ...]:
    """The views and materialized views that select from a view, whose name is quoted."""
    rows = connection.execute(statements(SQL)["dependents"], {"relation": view}).fetchall()
    return tuple(row[0] for row in rows)


def comments_of(connection: psycopg.Connection, table: TableName) -> dict[str, str]:
    """The comment of a table or view under '', those of its columns under their names."""
    rows = connection.execute(
        statements(SQL)["comments"], {"relation": identifier(table).as_string(connection)}
    ).fetchall()
    return dict(rows)


def missing_roles(connection: psycopg.Connection, roles: Sequence[str]) -> tuple[str, ...]:
    """The roles that the server does not have, in the order given."""
    rows = connection.execute(statements(SQL)["roles"], {"roles": list(roles)}).fetchall()
    found = {row[0] for row in rows}
    return tuple(role for role in roles if role not in found)


def row_count(connection: psycopg.Connection, table: TableName) -> int:
    """How many rows a table has now. It reads the whole table: the catalogue has only estimates."""
    query = statements(SQL)["count"].format(table=identifier(table))
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def bytes_of(connection: psycopg.Connection, table: TableName) -> int:
    """How much of the disk the rows of a table take, without long values; 0: a view, or nothing of
    that name."""
    row = connection.execute(
        statements(SQL)["bytes"], {"relation": identifier(table).as_string(connection)}
    ).fetchone()
    return int(row[0]) if row else 0


def lock_waits(connection: psycopg.Connection, schemas: Sequence[str]) -> tuple[str, ...]:
    """Who holds a lock on a relation of these schemas: pid, role, application and since when, for a
    message."""
    rows = connection.execute(
        statements(SQL)["lock_holders"], {"schemas": list(schemas)}
    ).fetchall()
    return tuple(
        f"pid {pid} ({user}, {application or 'no application name'}) since {since:%Y-%m-%d %H:%M}"
        for pid, user, application, since in rows
        if since is not None
    )


def oid_of(connection: psycopg.Connection, table: TableName) -> int | None:
    """The table's oid, which changes when the table is made again; None if there is no such
    table."""
    row = connection.execute(
        statements(SQL)["oid"], {"relation": identifier(table).as_string(connection)}
    ).fetchone()
    return row[0] if row else None


def is_empty(connection: psycopg.Connection, table: TableName) -> bool:
    """Whether a table has no row; True also if it does not exist. It stops at the first row."""
    if oid_of(connection, table) is None:
        return True
    query = statements(SQL)["is_empty"].format(table=identifier(table))
    row = connection.execute(query).fetchone()
    return bool(row and row[0])
