"""Brings all roles and rights of the database in step with the specs, as a publication does for one
table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
from psycopg import sql

from medallion.errors import MedallionError
from medallion.names import worker_of
from medallion.plan.grants import domains_of, readers_of, roles_of
from medallion.plan.masks import masks_of_tables
from medallion.spec.files.loaded import LoadedSpec
from medallion.warehouse.registry.masks import keep_masks
from medallion.warehouse.roles import (
    catalogue_reader,
    domain_rights,
    domain_role,
    metrics_reader,
    readers,
)
from medallion.warehouse.roles import reader_roles as roles
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.session.connection import connect, settings_of, translate_errors
from medallion.warehouse.session.relations import columns_of, missing_roles
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.selects import show_again


def reconcile(admin_url: str, loader_url: str, specs: Sequence[LoadedSpec]) -> Iterator[str]:
    """Create missing roles and bring every right in step; yields a line for each change.

    Args:
        admin_url: the warehouse, as a role that may create roles.
        loader_url: the warehouse, as the loader that owns its tables.
        specs: all specs of the project; what none of them names is left as it is.

    Raises:
        SetupError, WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    wanted = roles_of(specs)
    with translate_errors("creating roles"), connect(admin_url) as admin:
        yield from (f"{role} is created" for role in roles.ensure_roles(admin, wanted))
        yield from roles.admit_readers(admin, wanted)
        with session(loader_url, "creating roles") as loader:
            made = [make_worker(admin, loader, loader_url, domain) for domain in domains_of(specs)]
            for reader in (metrics_reader.READER, catalogue_reader.READER):
                yield from reader.bring_in_step(admin, loader, loader_url)
    yield from (f"{role.name} is created" for role, is_new in made if is_new)
    with session(loader_url, "granting rights") as loader:
        yield from _tables(loader, specs)
        yield from _mask(loader, specs)
        for role, _ in made:
            domain_rights.bring_in_step(loader, role, builds=True)


def list_workers(specs: Sequence[LoadedSpec], loader_url: str) -> tuple[str, ...]:
    """The names of the roles that the SQL of the specs' domains runs as."""
    database = settings_of(loader_url).get("dbname", "")
    return tuple(worker_of(domain, database) for domain in domains_of(specs))


def _tables(loader: psycopg.Connection, specs: Sequence[LoadedSpec]) -> Iterator[str]:
    for table, wanted in readers_of(specs).items():
        if not columns_of(loader, table.public):
            continue  # its first publication grants
        able = readers.with_all_rights(loader, wanted.grants)
        for role in able:
            yield f"{role} needs no grant of {table.public}: remove it from `grants` in the spec"
        grants = [role for role in wanted.grants if role not in able]
        for change in readers.bring_in_step(loader, table, grants, wanted.share_with):
            yield change.describe()
        for role in readers.find_granted_by_hand(loader, table, wanted.grants):
            yield (
                f"{role} may read {table.public} by hand: kept. Name it in `grants`, or REVOKE it"
            )


def _mask(loader: psycopg.Connection, specs: Sequence[LoadedSpec]) -> Iterator[str]:
    for table, wanted in masks_of_tables(specs).items():
        if not columns_of(loader, table.public):
            continue  # its first publication masks
        changes = keep_masks(loader, table, wanted)
        if changes:
            show_again(loader, table)
        yield from (change.describe() for change in changes)


def make_worker(
    admin: psycopg.Connection, loader: psycopg.Connection, loader_url: str, domain: str
) -> tuple[DomainRole, bool]:
    """A domain's role by an administrator, for a loader that may not create it; whether it is new.

    Raises:
        SetupError: the loader logs in without a password.
    """
    role = domain_role.role_of(loader, loader_url, domain, None)
    is_new = bool(missing_roles(admin, [role.name]))
    if is_new:
        domain_role.create(admin, role)
    _let_administer(admin, loader.info.user, role)
    if not is_new and not _logs_in(role):
        domain_role.set_password(admin, role)
    return role, is_new


def _let_administer(admin: psycopg.Connection, loader: str, role: DomainRole) -> None:
    """The loader takes over what the role builds, and renews its password."""
    asked = {"member": loader, "role": role.name}
    row = admin.execute(statements(roles.SQL)["may_administer"], asked).fetchone()
    if not (row and row[0]):
        admin.execute(
            sql.SQL("GRANT {} TO {} WITH ADMIN OPTION").format(
                sql.Identifier(role.name), sql.Identifier(loader)
            )
        )


def _logs_in(role: DomainRole) -> bool:
    try:
        connect(role.url).close()
    except MedallionError:
        return False
    return True
