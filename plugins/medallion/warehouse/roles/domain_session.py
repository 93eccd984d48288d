"""A transaction of a domain's role: in it runs what a spec's author wrote, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors

from medallion.errors import WarehouseRefused
from medallion.names import PublishedTable
from medallion.warehouse.roles.domain_role import DomainRole, log_in
from medallion.warehouse.session.connection import translated
from medallion.warehouse.session.transaction import Session


@contextmanager
def domain_session(
    loader_url: str, role: DomainRole, table: PublishedTable, *, doing: str, what: str
) -> Iterator[Session]:
    """One transaction of the role: committed when the block ends, rolled back where it raises.

    Args:
        loader_url: of the loader, who sets the role's password again where it is another one.
        role: of the table's domain.
        table: which is built or judged.
        doing: what the block does, for an error's first words.
        what: what of the spec runs in it, for the error of a missing right: "a check".

    Raises:
        WarehouseRefused: the domain has no right to what was asked for, or PostgreSQL refuses it.
        WarehouseUnavailable: the server does not answer, or does not let the role in.
        QueryCancelled: a statement ran out of its time.
    """
    with (
        translated(doing),
        log_in(loader_url, role) as connection,
        _within_rights(role, table, what),
    ):
        yield connection


def try_to_log_in(loader_url: str, role: DomainRole, doing: str) -> None:
    """See that the role can log in: Great Expectations would only say that it cannot connect.

    Raises:
        WarehouseUnavailable, WarehouseRefused: it cannot.
    """
    with translated(doing):
        log_in(loader_url, role).close()


def remedy(domain: str) -> str:
    """What a domain may read, and who can give it more."""
    return (
        f"a domain's SQL and checks only read: the published tables of {domain}, and those whose "
        f"own spec says `share_with: [{domain}]`"
    )


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
