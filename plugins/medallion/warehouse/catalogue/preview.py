"""The first rows of a published table, as the domain's own role reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import sql

from medallion.errors import MedallionError
from medallion.names import PublishedTable
from medallion.publish.relations import identifier
from medallion.warehouse.roles.domain_rights import bring_in_step, domain_session, is_in_step
from medallion.warehouse.roles.domain_role import DomainRole, ensure, role_of
from medallion.warehouse.session.connection import with_statement_timeout
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.transaction import session

ROWS = 50
LIMIT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Some rows of a table as texts, in the order of its columns. `why_not`: there are none."""

    columns: Sequence[str] = ()
    hidden: Sequence[str] = ()
    rows: Sequence[Sequence[str | None]] = ()
    why_not: str = ""


def preview(
    loader_url: str,
    table: PublishedTable,
    hidden_of: Callable[[Sequence[str]], frozenset[str]],
    given: str | None,
) -> Preview:
    """The first rows, without the columns of personal data: these are not asked for at all.

    Args:
        loader_url: the warehouse, as the loader: it only finds the role, and sees to its rights.
        hidden_of: of the table's columns, those that are not shown.
        given: the URL of a role that an administrator has made for the domain.
    """
    url, doing = with_statement_timeout(loader_url, LIMIT), f"reading {table.public}"
    try:
        with session(url, doing) as loader:
            names = [column.name for column in columns_of(loader, table.public)]
            role = role_of(loader, url, table.domain, given)
            if names:
                _bring_in_step(loader, role, table)
        hidden = hidden_of(names)
        shown = [name for name in names if name not in hidden]
        if not shown:
            return Preview(why_not="it has no column that may be shown")
        query = sql.SQL("SELECT {} FROM {} LIMIT {}").format(
            sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(n)) for n in shown),
            identifier(table.public),
            sql.Literal(ROWS),
        )
        with domain_session(loader_url, role, table, doing=doing, what="a preview") as reader:
            reader.read_only = True
            rows = reader.execute(query).fetchall()
    except MedallionError as error:
        return Preview(why_not=str(error).split("\n", maxsplit=1)[0])
    kept = [name for name in names if name in hidden]
    return Preview(columns=shown, hidden=kept, rows=rows)


def _bring_in_step(loader: psycopg.Connection, role: DomainRole, table: PublishedTable) -> None:
    """Give the role what the registry says it may read: of a table that was published first by the
    latest run, no step has done so yet."""
    if not is_in_step(loader, role, [table.public], builds=False):
        ensure(loader, role)
        bring_in_step(loader, role)
