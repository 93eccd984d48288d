"""The rights of a domain's role: read its own tables and those shared with it, and no more.

Only what a spec's author wrote runs in its sessions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql

from medallion.errors import WarehouseRefused
from medallion.names import PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.schedules.clock import UTC_NAME
from medallion.warehouse.roles.domain_role import SQL, DomainRole, by_administrator, log_in
from medallion.warehouse.roles.early_login import EarlyLogin
from medallion.warehouse.roles.readers import leave_schema
from medallion.warehouse.session.connection import translate_errors
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session


def is_in_step(
    loader: psycopg.Connection, role: DomainRole, reads: Sequence[TableName], *, builds: bool
) -> bool:
    """Whether the role is there and has all that it needs, and no more: one question instead of
    those of `ensure`, `bring_in_step` and `unreadable`, which say what is not so.
    """
    named = statements(SQL)
    parts = {name: named[name] for name in ("attributes", "missing_rights", "unreadable")}
    asked = {
        "role": role.name,
        "domain": role.domain,
        "schemas": list(role.own_schemas),
        "building": role.building_schema,
        "builds": builds,
        "tables": [identifier(table).as_string(loader) for table in reads],
    }
    row = loader.execute(named["in_step"].format(**parts), asked).fetchone()
    return bool(row and row[0])


def bring_in_step(loader: psycopg.Connection, role: DomainRole, *, builds: bool = False) -> None:
    """Grant the rights the role lacks and revoke those no longer shared. Cheap when nothing has
    changed.

    It takes effect when the loader's transaction commits.

    Args:
        loader: a connection of the loader, with the registry in place.
        role: one that exists.
        builds: whether the role will make a table that the loader then takes over.

    Raises:
        SetupError: the loader may not grant it.
    """
    with by_administrator(role.domain, f"granting rights to {role.name}"):
        if not _says(loader, "may_connect", role):
            loader.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(loader.info.dbname), sql.Identifier(role.name)
                )
            )
        _tables(loader, role)
        if builds:
            _schemas(loader, role, [role.building_schema], "CREATE")
            if not _says(loader, "may_take_over", role):
                loader.execute(
                    sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role.name))
                )


def take_over(loader: psycopg.Connection, table: TableName, role: DomainRole) -> None:
    """Make the loader the owner of a table that the role made, and revoke the role's rights on it.

    Raises:
        WarehouseRefused: it is more than a plain table (rules, triggers, defaults …), and could run
            code as the loader.
    """
    name = identifier(table)
    loader.execute(sql.SQL("ALTER TABLE {} OWNER TO CURRENT_USER").format(name))
    revoke_all(loader, table, role)
    row = loader.execute(
        statements(SQL)["not_plain"], {"table": name.as_string(loader), "role": role.name}
    ).fetchone()
    if row is None or row[0]:
        raise WarehouseRefused(
            f"{table}, made by {role.name}, is not a plain table",
            remedy="nothing was published; somebody has worked as that role: look at the log",
        )


def grant_on(
    loader: psycopg.Connection, table: TableName, role: DomainRole, rights: Sequence[str]
) -> None:
    """Grant rights (SELECT, INSERT, DELETE) on one staging table, until `revoke_all`."""
    loader.execute(
        sql.SQL("GRANT {} ON {} TO {}").format(
            sql.SQL(", ").join(map(sql.SQL, rights)), identifier(table), sql.Identifier(role.name)
        )
    )


def revoke_all(loader: psycopg.Connection, table: TableName, role: DomainRole) -> None:
    """Revoke what the role was granted on the table by its name; rights of PUBLIC stay."""
    loader.execute(
        sql.SQL("REVOKE ALL ON {} FROM {}").format(identifier(table), sql.Identifier(role.name))
    )


def unreadable(
    loader: psycopg.Connection, role: DomainRole, tables: Sequence[TableName]
) -> tuple[TableName, ...]:
    """The tables that exist and that the role may not read."""
    quoted = {identifier(table).as_string(loader): table for table in tables}
    rows = loader.execute(
        statements(SQL)["unreadable"], {"tables": list(quoted), "role": role.name}
    ).fetchall()
    return tuple(quoted[row[0]] for row in rows)


@contextmanager
def domain_session(
    loader_url: str,
    role: DomainRole,
    table: PublishedTable,
    *,
    doing: str,
    what: str,
    timezone: str = UTC_NAME,
    early: EarlyLogin | None = None,
) -> Iterator[Session]:
    """One transaction of the role: committed when the block ends, rolled back where it raises.

    Args:
        loader_url: of the loader, who sets the role's password again where it is another one.
        role: of the table's domain.
        table: which is built or judged.
        doing: what the block does, for an error's first words.
        what: what of the spec runs in it, for the error of a missing right: "a check".
        timezone: of the pipeline: its SQL's days are days of it.
        early: has the session, perhaps; else the role logs in now.

    Raises:
        WarehouseRefused: the domain has no right to what was asked for, or PostgreSQL refuses it.
        WarehouseUnavailable: the server does not answer, or does not let the role in.
        QueryCancelled: a statement ran out of its time.
    """
    with (
        translate_errors(doing),
        (early and early.take(role)) or log_in(loader_url, role) as connection,
        _within_rights(role, table, what),
    ):
        if timezone != UTC_NAME:
            connection.execute(sql.SQL("SET TimeZone = {}").format(sql.Literal(timezone)))
        yield connection


def try_to_log_in(loader_url: str, role: DomainRole, doing: str) -> None:
    """Check that the role can log in: Great Expectations would only say that it cannot connect.

    Raises:
        WarehouseUnavailable, WarehouseRefused: it cannot.
    """
    with translate_errors(doing):
        log_in(loader_url, role).close()


def remedy(domain: str) -> str:
    """A remedy for missing rights: what a domain may read, and who can share more with it."""
    return (
        f"a domain's SQL and checks only read: the published tables of {domain}, and those whose "
        f"own spec says `share_with: [{domain}]`"
    )


def _tables(loader: psycopg.Connection, role: DomainRole) -> None:
    asked = {"role": role.name, "domain": role.domain}
    changed = loader.execute(statements(SQL)["missing_rights"], asked).fetchall()
    schemas = {*role.own_schemas, *(schema for schema, _, wanted in changed if wanted)}
    _schemas(loader, role, sorted(schemas), "USAGE")
    for schema, table, wanted in changed:
        _one_grant_at_a_time(loader, schema)
        loader.execute(
            sql.SQL("GRANT SELECT ON {} TO {}" if wanted else "REVOKE SELECT ON {} FROM {}").format(
                sql.Identifier(schema, table), sql.Identifier(role.name)
            )
        )
    for schema in {schema for schema, _, wanted in changed if not wanted} - set(role.own_schemas):
        leave_schema(loader, schema, role.name)


def _schemas(
    loader: psycopg.Connection, role: DomainRole, schemas: Sequence[str], right: str
) -> None:
    asked = {"role": role.name, "schemas": list(schemas), "right": right}
    for (schema,) in loader.execute(statements(SQL)["missing_schemas"], asked).fetchall():
        _one_grant_at_a_time(loader, schema)
        loader.execute(
            sql.SQL("GRANT {} ON SCHEMA {} TO {}").format(
                sql.SQL(right), sql.Identifier(schema), sql.Identifier(role.name)
            )
        )


def _one_grant_at_a_time(loader: psycopg.Connection, schema: str) -> None:
    """A relation's rights are one row: of two that grant at once, the second would fail."""
    loader.execute(statements(SQL)["one_grant_at_a_time"], {"schema": schema})


def _says(loader: psycopg.Connection, question: str, role: DomainRole) -> bool:
    row = loader.execute(statements(SQL)[question], {"role": role.name}).fetchone()
    return bool(row and row[0])


@contextmanager
def _within_rights(role: DomainRole, table: PublishedTable, what: str) -> Iterator[None]:
    """Name table, domain and remedy where PostgreSQL refuses the role something."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise WarehouseRefused(
            f"{table.public}: {what} asks for what the domain {role.domain} has no right to: "
            f"{error.diag.message_primary} (as the role {role.name})",
            remedy=remedy(role.domain),
        ) from None
