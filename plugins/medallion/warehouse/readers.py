"""Who may read a published table, brought in step with its spec: rights are given, and taken away.

What Medallion has given is in the registry, so a role that leaves `grants` loses the right. A right
that somebody gave by hand is not there: it is theirs, and it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from medallion.names import WORKER_PREFIX, PublishedTable
from medallion.publish.relations import grant_select, identifier
from medallion.spec.sharing import ShareWith
from medallion.warehouse.relations import missing_roles
from medallion.warehouse.statements import statements

SQL = "readers.sql"
ROLE, DOMAIN = "role", "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderChange:
    """A right that was given or taken away: of a role (`grants`) or a domain (`share_with`)."""

    table: PublishedTable
    kind: str
    reader: str
    is_given: bool

    def describe(self) -> str:
        """In a line."""
        verb = "may read" if self.is_given else "may no longer read"
        who = f"the domain {self.reader}" if self.kind == DOMAIN else self.reader
        return f"{who} {verb} {self.table.public}"


def bring_in_step(
    connection: psycopg.Connection,
    table: PublishedTable,
    grants: Sequence[str],
    share_with: ShareWith,
) -> tuple[ReaderChange, ...]:
    """Give and take rights on a table's view, as its spec says; what has changed.

    In the caller's transaction, as the view's owner. The roles of `grants` are there.
    """
    domains = (share_with,) if isinstance(share_with, str) else share_with
    wanted = {*((ROLE, role) for role in grants), *((DOMAIN, name) for name in domains)}
    key = _key(table)
    rows = connection.execute(statements(SQL)["recorded"], key).fetchall()
    recorded = {(kind, reader) for kind, reader in rows}
    lacking = {
        (ROLE, role) for role in grants if not _may_read(connection, table, role)
    }  # a right that was taken away by hand comes back
    given, taken = (wanted - recorded) | lacking, recorded - wanted
    if not given and not taken:
        return ()
    # A relation's rights are one row: of two that grant at once, the second would fail.
    connection.execute(statements(SQL)["one_at_a_time"], {"schema": table.schema()})
    for kind, reader in sorted(taken):
        if kind == ROLE and not missing_roles(connection, [reader]):
            connection.execute(_revoke_select(table, reader))
        connection.execute(statements(SQL)["forget"], {**key, "kind": kind, "reader": reader})
    for kind, reader in sorted(given):
        if (kind, reader) in lacking:
            connection.execute(grant_select(table, reader))
        connection.execute(statements(SQL)["record"], {**key, "kind": kind, "reader": reader})
    return (
        *(_change(table, pair, is_given=False) for pair in sorted(taken)),
        *(_change(table, pair, is_given=True) for pair in sorted(given)),
    )


def granted_by_hand(
    connection: psycopg.Connection, table: PublishedTable, grants: Iterable[str]
) -> tuple[str, ...]:
    """The roles that may read a view though neither its spec nor Medallion has said so."""
    known = set(grants)
    rows = connection.execute(
        statements(SQL)["granted"], {"view": identifier(table.public).as_string(connection)}
    ).fetchall()
    return tuple(
        role or "public"
        for (role,) in rows
        if role not in known and not role.startswith(WORKER_PREFIX)
    )


def _change(table: PublishedTable, pair: tuple[str, str], *, is_given: bool) -> ReaderChange:
    kind, reader = pair
    return ReaderChange(table=table, kind=kind, reader=reader, is_given=is_given)


def _key(table: PublishedTable) -> dict[str, str]:
    return {"layer": str(table.layer), "domain": table.domain, "table_name": table.name}


def _revoke_select(table: PublishedTable, role: str) -> sql.Composed:
    """Whoever got the right from that role loses it too."""
    return sql.SQL("REVOKE SELECT ON {} FROM {} CASCADE").format(
        identifier(table.public), sql.Identifier(role)
    )


def _may_read(connection: psycopg.Connection, table: PublishedTable, role: str) -> bool:
    row = connection.execute(
        statements(SQL)["may_read"],
        {
            "role": role,
            "schema": table.schema(),
            "view": identifier(table.public).as_string(connection),
        },
    ).fetchone()
    return bool(row and row[0])
