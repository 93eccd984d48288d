"""What a spec's author wrote runs as the domain's role, never as the loader."""

from __future__ import annotations

from collections.abc import Sequence

from medallion.errors import WarehouseRefused
from medallion.names import PublishedTable, TableName
from medallion.steps.context import StepContext
from medallion.steps.domain.sharing import share_as_specs_say
from medallion.warehouse.roles import domain_rights, domain_role
from medallion.warehouse.roles.domain_rights import remedy
from medallion.warehouse.roles.domain_role import DomainRole
from medallion.warehouse.roles.early_login import EarlyLogin
from medallion.warehouse.session.transaction import Session


def domain_role_of(
    loader: Session,
    context: StepContext,
    table: PublishedTable,
    *,
    reads: Sequence[TableName],
    builds: bool = False,
    early: EarlyLogin | None = None,
) -> DomainRole:
    """The role of a table's domain, with the rights that the domain has now.

    The rights hold once the loader's transaction commits.

    Args:
        loader: a connection of the loader, with the registry in place.
        context: of the step.
        table: the table that is built or judged.
        reads: the published tables that it reads.
        builds: whether the role creates the staging table.
        early: the role's login, if one has begun. It is forgotten where anything was to be done.

    Raises:
        SetupError: the role does not exist, and the loader may not create it.
        WarehouseRefused: the domain has no right to one of the tables.
    """
    given = early.given if early else context.domain_warehouse(table.domain)
    role = domain_role.role_of(loader, context.warehouse_url, table.domain, given)
    if domain_rights.is_in_step(loader, role, reads, builds=builds):
        return role
    if early:
        early.forget()
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
