"""What a domain's steps may reach, checked again while they run.

A spec was checked when it was read. Since then an operator may have withdrawn access, a link may
lead elsewhere, and only now is it known where a connection leads.
"""

from __future__ import annotations

from collections.abc import Callable

from medallion.errors import SetupError
from medallion.names import base_domain
from medallion.sources.base.reach import FileReach, file_reach
from medallion.sources.base.source import ConnectionDetails
from medallion.spec.files.access import connection_refusal, load_access
from medallion.steps.context import StepContext
from medallion.steps.domain.addresses import Address, addresses
from medallion.warehouse.session.connection import settings_of


def files_of(domain: str, context: StepContext) -> FileReach:
    """The files that a domain's sources may read now; in an environment those of the domain itself.

    Raises:
        SpecError: specs/access.yaml is broken.
    """
    root, domain = context.project_root.resolve(), base_domain(domain)
    access = load_access(root)
    return file_reach(
        domain, root, access.folders_of(domain), context.lake_root, access.hosts_of(domain)
    )


def may_use(domain: str, conn_id: str, context: StepContext) -> None:
    """Check that operators allow the domain this connection now.

    Raises:
        SetupError: they do not.
        SpecError: specs/access.yaml is broken.
    """
    access = load_access(context.project_root.resolve())
    if refusal := connection_refusal(access, base_domain(domain), conn_id):
        raise SetupError(refusal[0], remedy=refusal[1])


def connections_of(domain: str, context: StepContext) -> Callable[[str], ConnectionDetails]:
    """A look-up of connections that refuses those the domain may not use, and those that lead to
    the warehouse."""

    def look_up(conn_id: str) -> ConnectionDetails:
        """Raises SetupError: the domain may not use it, or it leads to the warehouse."""
        may_use(domain, conn_id, context)
        details = context.connection(conn_id)
        if _leads_to(details, context.warehouse_url):
            raise SetupError(
                f"the connection {conn_id} leads to the warehouse itself, which no source reads",
                remedy="read published tables in a gold table's SQL",
            )
        return details

    return look_up


def _leads_to(details: ConnectionDetails, url: str) -> bool:
    """Whether host, port and database are those of a libpq URL, as far as texts show it."""
    theirs = settings_of(url)
    warehouse = Address.of(theirs.get("host", ""), theirs.get("port"), theirs.get("dbname", ""))
    return bool(warehouse.database) and warehouse in addresses(details)
