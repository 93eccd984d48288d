"""The role that a cluster fills one run's staging tables as: it may add rows to these, and nothing
else. It is made for one try of a task, with a password that nobody else has, and goes with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medallion.errors import SetupError
from medallion.names import STAGING_WRITER_PREFIX, TableName, staging_writer_of
from medallion.publish.relations import identifier
from medallion.warehouse.session.passwords import hash_password
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session

SQL = "roles/staging_writer.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterRights:
    """What the role may do.

    Attributes:
        staging: the table that it is made for.
        adds_to: the tables that it may add rows to.
        reads: those that it may read too.
        sessions: how many it may have at once.
        valid: how long its password lasts.
    """

    staging: TableName
    adds_to: Sequence[TableName]
    reads: Sequence[TableName]
    sessions: int
    valid: timedelta


def end_writer(url: str, staging: TableName) -> None:
    """Remove the role of a table, with its sessions: what a try before has left running somewhere
    changes nothing any more. No role: nothing to do.

    Raises:
        SetupError: the loader may not do this.
    """
    with session(url, f"removing the role that fills {staging}") as connection:
        role = staging_writer_of(staging, connection.info.dbname)
        with _by_administrator():
            _lock_out(connection, role)
    with session(url, f"removing the role that fills {staging}") as connection, _by_administrator():
        _remove(connection, role)


def start_writer(url: str, rights: WriterRights) -> str:
    """Make the role, and return the URL that it logs in by. It must not exist.

    Raises:
        SetupError: the loader may not create roles, or not let this one in.
    """
    password = secrets.token_urlsafe(32)
    with session(url, f"making the role that fills {rights.staging}") as connection:
        role = staging_writer_of(rights.staging, connection.info.dbname)
        with _by_administrator():
            _sweep_roles(connection)
            _create(connection, role, password, rights)
            _grant(connection, role, rights)
    settings = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    return make_conninfo("", **{**settings, "user": role, "password": password})


def _create(connection: psycopg.Connection, role: str, password: str, rights: WriterRights) -> None:
    until = datetime.now(UTC) + rights.valid
    connection.execute(
        sql.SQL(
            "CREATE ROLE {} LOGIN NOINHERIT CONNECTION LIMIT {} PASSWORD {} VALID UNTIL {}"
        ).format(
            sql.Identifier(role),
            sql.Literal(rights.sessions),
            hash_password(connection, role, password),
            sql.Literal(until.isoformat()),
        )
    )
    # Its sessions can be ended by the loader then.
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def _grant(connection: psycopg.Connection, role: str, rights: WriterRights) -> None:
    name = sql.Identifier(role)
    connection.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(connection.info.dbname), name
        )
    )
    connection.execute(
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
            sql.Identifier(rights.staging.schema), name
        )
    )
    for right, tables in (("INSERT", rights.adds_to), ("SELECT", rights.reads)):
        for table in tables:
            connection.execute(
                sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(right), identifier(table), name)
            )


def _lock_out(connection: psycopg.Connection, role: str) -> None:
    """No new session, and the end of those that are there."""
    if not _exists(connection, role):
        return
    connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(role)))
    connection.commit()
    connection.execute(statements(SQL)["end_sessions"], {"role": role})


def _remove(connection: psycopg.Connection, role: str) -> None:
    if not _exists(connection, role):
        return
    name, asked = sql.Identifier(role), {"role": role}
    for schema, table in connection.execute(statements(SQL)["tables"], asked).fetchall():
        connection.execute(
            sql.SQL("REVOKE ALL ON {} FROM {}").format(identifier(TableName(schema, table)), name)
        )
    for (schema,) in connection.execute(statements(SQL)["schemas"], asked).fetchall():
        connection.execute(
            sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(sql.Identifier(schema), name)
        )
    connection.execute(
        sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(
            sql.Identifier(connection.info.dbname), name
        )
    )
    connection.execute(sql.SQL("DROP ROLE {}").format(name))


def _sweep_roles(connection: psycopg.Connection) -> None:
    """Those of runs that were killed and never tried again."""
    own = staging_writer_of(TableName("", ""), connection.info.dbname)
    asked = {"prefix": STAGING_WRITER_PREFIX, "suffix": own[own.index("__") :]}
    for (role,) in connection.execute(statements(SQL)["expired"], asked).fetchall():
        _remove(connection, role)


def _exists(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute(statements(SQL)["exists"], {"role": role}).fetchone() is not None


@contextmanager
def _by_administrator() -> Iterator[None]:
    """Turn a missing right of the loader into an error for an administrator."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise SetupError(
            "the loader is refused a role for a cluster to fill staging as: "
            f"{error.diag.message_primary}",
            remedy="allow the loader to create roles (ALTER ROLE … CREATEROLE) and make it the "
            "owner of its database, or clean with `engine: duckdb`",
        ) from None
