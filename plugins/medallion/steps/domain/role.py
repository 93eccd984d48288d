"""What a spec's author wrote runs as the domain's role, never as the loader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import errors

from medallion.errors import WarehouseRefused
from medallion.names import PublishedTable, TableName
from medallion.steps.context import StepContext
from medallion.steps.domain.sharing import share_as_specs_say
from medallion.warehouse.roles import domain_rights, domain_role
from medallion.warehouse.roles.domain_role import DomainRole


def domain_role_of(
    loader: psycopg.Connection,
    context: StepContext,
    table: PublishedTable,
    *,
    reads: Sequence[TableName],
    builds: bool = False,
) -> DomainRole:
    """The role of a table's domain, with the rights that the domain has now.

    It has them once the loader's transaction is committed; `loader` finds the registry in place.

    Args:
        loader: a connection of the loader.
        context: of the step.
        table: which is built or judged.
        reads: the published tables that are read for it.
        builds: whether the role makes the staging table.

    Raises:
        SetupError: there is none, and the loader may not make it.
        WarehouseRefused: the domain has no right to one of the tables.
    """
    given = context.domain_warehouse(table.domain)
    role = domain_role.role_of(loader, context.warehouse_url, table.domain, given)
    if domain_rights.is_in_step(loader, role, reads, builds=builds):
        return role
    domain_role.ensure(loader, role)
    domain_rights.bring_in_step(loader, role, builds=builds)
    foreign = domain_rights.unreadable(loader, role, reads)
    if foreign:
        share_as_specs_say(loader, context, foreign)
        domain_rights.bring_in_step(loader, role)
        foreign = domain_rights.unreadable(loader, role, foreign)
    if foreign:
        names = ", ".join(map(str, foreign))
        raise WarehouseRefused(
            f"{table.public} reads {names}, which the domain {role.domain} may not read",
            remedy=remedy(role.domain),
        )
    return role


@contextmanager
def within_rights(role: DomainRole, table: PublishedTable, what: str) -> Iterator[None]:
    """Name table, domain and remedy where PostgreSQL refuses the role something.

    Raises:
        WarehouseRefused: what was asked for is not the domain's.
    """
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise WarehouseRefused(
            f"{table.public}: {what} asks for what the domain {role.domain} has no right to: "
            f"{error.diag.message_primary} (as the role {role.name})",
            remedy=remedy(role.domain),
        ) from None


def remedy(domain: str) -> str:
    """What a domain may read, and who can give it more."""
    return (
        f"a domain's SQL and checks only read: the published tables of {domain}, and those whose "
        f"own spec says `share_with: [{domain}]`"
    )
