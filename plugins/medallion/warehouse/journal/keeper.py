"""Makes the journal, as an administrator: its role, its schema, and who may add what to it.

The loader owns the registry, and so could rewrite whatever is in it. The journal belongs to a role
that nobody logs in as: the loader adds to it through functions, and reads it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import sql

from medallion.errors import SetupError
from medallion.names import catalogue_reader_of, journal_keeper_of, metrics_reader_of
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.relations import missing_roles
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session

SQL = "journal/keeper.sql"
SCHEMA = "medallion_journal"
LOG_STATEMENT = "log_statement"
LOG_PARAMETERS = "log_parameter_max_length"
"""Of a statement's parameters nothing is logged: nobody collects them, they may be personal data,
and each costs a second entry of the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """What an administrator says of the journal."""

    reads_for: timedelta
    changes_for: timedelta
    log_file: str = ""
    """Where the server writes its log, as it sees the file; empty: its own collector does."""
    is_on: bool = True
    """Whether reads are journalled. Changes are in any case."""


def make_journal(
    admin_url: str, loader_url: str, settings: JournalSettings, domains_roles: Iterable[str] = ()
) -> Iterator[str]:
    """Make the journal, or bring it in step; yields a line for each thing that is new.

    Args:
        admin_url: the warehouse, as a role that may create roles; a superuser, if what the server
            logs is to be read.
        loader_url: the warehouse, as the loader.
        domains_roles: Medallion's own roles of domains, whose statements nobody counts as reads.

    Raises:
        SetupError: the loader could act as the keeper.
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    with session(loader_url, "looking who the loader is") as connection:
        loader, database = connection.info.user, connection.info.dbname
    own = (loader, catalogue_reader_of(database), metrics_reader_of(database), *domains_roles)
    with translate_errors("making the journal"), connect(admin_url) as admin:
        keeper = journal_keeper_of(database)
        is_super = yield from _make_schema(admin, keeper, loader)
        yield from _fill(admin, keeper, settings)
        _grant(admin, keeper, loader, catalogue_reader_of(database))
        if is_super:
            _open_log(admin, loader, is_on=settings.is_on)
            silent = (*own, admin.info.user)
            yield from _log_statements(admin, database, silent, is_on=settings.is_on)
    with session(loader_url, "showing the journal") as connection:
        row = connection.execute(statements(SQL)["has_view"]).fetchone()
        if not (row and row[0]):
            connection.execute(statements(SQL)["view"])


def _make_schema(admin: psycopg.Connection, keeper: str, loader: str) -> Generator[str, None, bool]:
    """The keeper and its schema; returns whether the administrator is a superuser."""
    asked = {"keeper": keeper, "loader": loader}
    row = admin.execute(statements(SQL)["who"], asked).fetchone()
    assert row is not None  # noqa: S101  # everybody is in pg_roles
    is_super, has_keeper, has_schema, is_own, is_open, is_closed = row
    if not is_own or is_open or not is_closed:
        raise SetupError(
            f"{loader} could act as {keeper}, who keeps the journal"
            if is_own
            else f"the schema {SCHEMA} is not that of {keeper}",
            remedy=f"REVOKE {keeper} FROM {loader}; before PostgreSQL 16 also take CREATEROLE from "
            "the loader: docs/access-journal.md",
        )
    name = sql.Identifier(keeper)
    if not has_keeper:
        admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
        yield f"{keeper} is created"
    if not is_super:
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
    if not has_schema:
        admin.execute(
            sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(sql.Identifier(SCHEMA), name)
        )
        yield f"{SCHEMA}, the journal of who read and who changed what, is created"
    return bool(is_super)


def _fill(admin: psycopg.Connection, keeper: str, settings: JournalSettings) -> Iterator[str]:
    admin.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(keeper)))
    for name in ("tables", "functions", "closed_to_others"):
        admin.execute(statements(SQL)[name])
    kept = {
        "reads_for": settings.reads_for,
        "changes_for": settings.changes_for,
        "log_file": settings.log_file,
    }
    if admin.execute(statements(SQL)["keep_for"], kept).fetchone():
        yield (
            f"the journal keeps reads for {settings.reads_for.days} days, and changes for "
            f"{settings.changes_for.days}"
        )
    admin.execute("RESET ROLE")


def _grant(admin: psycopg.Connection, keeper: str, loader: str, catalogue: str) -> None:
    admin.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(keeper)))
    named = statements(SQL)
    admin.execute(named["rights_of_loader"].format(role=sql.Identifier(loader)))
    if not missing_roles(admin, [catalogue]):
        admin.execute(named["rights_of_reader"].format(role=sql.Identifier(catalogue)))
    admin.execute("RESET ROLE")


def _open_log(admin: psycopg.Connection, loader: str, *, is_on: bool) -> None:
    """Let the loader read the files of the server's log, and no others; or nothing of it."""
    named = statements(SQL)
    if not is_on:
        admin.execute(named["no_log_functions"])
        return
    admin.execute(named["log_functions"])
    admin.execute(named["rights_on_log"].format(role=sql.Identifier(loader)))


def _log_statements(
    admin: psycopg.Connection, database: str, silent: Iterable[str], *, is_on: bool
) -> Iterator[str]:
    """Have the server log the statements of this database, without their parameters.

    Args:
        silent: the roles whose statements are not logged: Medallion's own, and the administrator,
            whose statements make roles and passwords.
    """
    wanted = "all" if is_on else ""
    place = sql.SQL("DATABASE {}").format(sql.Identifier(database))
    if _setting(admin, "", LOG_PARAMETERS) != ("0" if is_on else ""):
        admin.execute(_set(place, LOG_PARAMETERS, "0" if is_on else ""))
    if _setting(admin, "") != wanted:
        admin.execute(_set(place, LOG_STATEMENT, wanted))
        yield f"statements in {database} are {'logged' if is_on else 'logged no longer'}"
    for role in silent:
        if not missing_roles(admin, [role]) and _setting(admin, role) != ("none" if is_on else ""):
            theirs = sql.SQL("ROLE {} IN {}").format(sql.Identifier(role), place)
            admin.execute(_set(theirs, LOG_STATEMENT, "none" if is_on else ""))


def _setting(admin: psycopg.Connection, role: str, name: str = LOG_STATEMENT) -> str:
    row = admin.execute(statements(SQL)["logs"], {"role": role, "name": name}).fetchone()
    return str(row[0]) if row else ""


def _set(place: sql.Composable, name: str, value: str) -> sql.Composed:
    setting = sql.Identifier(name)
    if not value:
        return sql.SQL("ALTER {} RESET {}").format(place, setting)
    return sql.SQL("ALTER {} SET {} = {}").format(place, setting, sql.Literal(value))
