"""Roles that log in to read the registry: the tables that they name, and no row of anybody's data.

An administrator makes them (`python -m medallion.cli roles`, `make up`), or the loader if it may. A
role's password is derived from the loader's, as that of a domain's role is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from medallion.errors import SetupError
from medallion.names import REGISTRY_SCHEMA, TableName
from medallion.warehouse.roles import domain_role
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.connection import for_reading, settings_of
from medallion.warehouse.session.login import describe_missing_key, key_of_roles
from medallion.warehouse.session.relations import missing_roles
from medallion.warehouse.session.statements import statements

SQL = "roles/registry_reader.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryReader:
    """One such role. `used_by`, `remedy`: for the error of a loader without a password."""

    name_of: Callable[[str], str]
    """Its name, from that of the database."""
    used_by: str
    remedy: str
    sessions: int
    statement_timeout: str
    tables: tuple[str, ...]
    """The registry's tables that it reads."""
    columns: Mapping[str, tuple[str, ...]]
    """Of those that it does not read as a whole, the columns that it reads."""

    def role(self, loader_url: str) -> DomainRole:
        """The role on the loader's database; nothing is created.

        Raises:
            SetupError: the loader has no password to derive one from.
        """
        settings = for_reading(settings_of(loader_url))
        name = self.name_of(str(settings.get("dbname") or ""))
        key = key_of_roles(loader_url)
        if not key:
            problem, remedy = describe_missing_key(loader_url, name)
            raise SetupError(
                f"{problem}, the role that {self.used_by}",
                remedy=f"{remedy}, or {self.remedy}" if remedy else self.remedy,
            )
        own = {
            **settings,
            "user": name,
            "password": domain_role.password_of(key, name),
            "options": "-c default_transaction_read_only=on -c lock_timeout=1s "
            f"-c statement_timeout={self.statement_timeout}",
        }
        return DomainRole(domain="", name=name, url=make_conninfo("", **own))

    def bring_in_step(
        self, admin: psycopg.Connection, loader: psycopg.Connection, loader_url: str
    ) -> Iterator[str]:
        """Make the role where it is missing, and give it its rights; what is new, in a line.

        Args:
            admin: may create roles. Committed here.
            loader: owns the registry.
            loader_url: what the role's password is derived from.

        Raises:
            SetupError: the loader has no password to derive one from.
        """
        role = self.role(loader_url)
        if missing_roles(admin, [role.name]):
            domain_role.create(admin, role)
            yield f"{role.name} is created"
        else:
            domain_role.set_password(admin, role)
        named = sql.Identifier(role.name)
        limit = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
        admin.execute(limit.format(named, sql.Literal(self.sessions)))
        admin.commit()
        self.grant(loader, role)

    def grant(self, loader: psycopg.Connection, role: DomainRole) -> None:
        """Give the role what it lacks of the registry, and take what it has besides; two questions
        where that is nothing."""
        named, schema = sql.Identifier(role.name), sql.Identifier(REGISTRY_SCHEMA)
        asked = {"role": role.name, "schema": REGISTRY_SCHEMA}
        loader.execute(statements(SQL)["one_at_a_time"], asked)
        row = loader.execute(statements(SQL)["may_enter"], asked).fetchone()
        if not (row and row[0]):
            database = sql.Identifier(loader.info.dbname)
            loader.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, named))
            loader.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, named))
        for table, whole, columns in loader.execute(statements(SQL)["rights"], asked).fetchall():
            place = sql.Identifier(REGISTRY_SCHEMA, table)
            for how, right in self._changes(table, whole=whole, columns=columns):
                loader.execute(how.format(right, place, named))

    def _changes(
        self, table: str, *, whole: bool, columns: Sequence[str]
    ) -> Iterator[tuple[sql.SQL, sql.Composable]]:
        """What makes the role's right on one table the one that is wanted."""
        listed = self.columns.get(table, ())
        if table in self.tables and not listed:
            if not whole:
                yield _GRANT, sql.SQL("SELECT")
            return
        wanted = set(listed) if table in self.tables else set[str]()
        if whole or set(columns) - wanted:
            yield _REVOKE, sql.SQL("ALL")
        if wanted and (whole or set(columns) != wanted):
            names = sql.SQL(", ").join(map(sql.Identifier, listed))
            yield _GRANT, sql.SQL("SELECT ({})").format(names)


_GRANT, _REVOKE = sql.SQL("GRANT {} ON {} TO {}"), sql.SQL("REVOKE {} ON {} FROM {}")


def may_read(connection: psycopg.Connection, role: str, tables: Sequence[TableName]) -> bool:
    """Whether a role may read tables of the warehouse, as far as these are there."""
    return not _list_unread(connection, role, tables)


def let_read(loader: psycopg.Connection, role: str, tables: Sequence[TableName]) -> None:
    """Let a role read tables of the warehouse, as far as these are there, and no other one."""
    loader.execute(statements(SQL)["one_at_a_time"], {"role": role})
    named = sql.Identifier(role)
    for schema, table in _list_unread(loader, role, tables):
        place = sql.Identifier(schema)
        loader.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(place, named))
        if table is not None:
            place = sql.Identifier(schema, table)
            loader.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(place, named))


def _list_unread(
    connection: psycopg.Connection, role: str, tables: Sequence[TableName]
) -> list[tuple[str, str | None]]:
    asked = {
        "role": role,
        "schemas": [table.schema for table in tables],
        "names": [table.table for table in tables],
    }
    return connection.execute(statements(SQL)["unread"], asked).fetchall()
