"""Who may read a published table, brought in step with its spec: rights are granted and revoked.

The registry records what Medallion granted, so a role that leaves `grants` loses the right. A right
that somebody granted by hand is not recorded, and it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from medallion.names import ENVIRONMENT_PREFIX, WORKER_PREFIX, Layer, PublishedTable
from medallion.publish.relations import grant_select, identifier
from medallion.spec.models.sharing import ShareWith
from medallion.warehouse.registry.bi import let_read_freshness
from medallion.warehouse.session.relations import missing_roles
from medallion.warehouse.session.statements import statements
from medallion.warehouse.tables.selects import forget_former_selects_on

SQL = "roles/readers.sql"
ROLE, DOMAIN = "role", "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderChange:
    """A right that was granted or revoked: of a role (`grants`) or a domain (`share_with`)."""

    table: PublishedTable
    kind: str
    reader: str
    is_given: bool

    def describe(self) -> str:
        """A line for a log: "bi_reader may read gold_cinema.brand_performance"."""
        verb = "may read" if self.is_given else "may no longer read"
        who = f"the domain {self.reader}" if self.kind == DOMAIN else self.reader
        return f"{who} {verb} {self.table.public}"


def bring_in_step(
    connection: psycopg.Connection,
    table: PublishedTable,
    grants: Sequence[str],
    share_with: ShareWith,
) -> tuple[ReaderChange, ...]:
    """Grant and revoke rights on a table's view, as its spec says; returns what changed.

    It runs in the caller's transaction, as the view's owner. The roles of `grants` must exist.
    """
    recorded = _read_recorded(connection, table, ROLE)
    # A right that was taken away by hand comes back.
    lacking = {role for role in grants if not _may_read(connection, table, role)}
    taken, given = recorded - set(grants), (set(grants) - recorded) | lacking
    if taken or lacking:
        # A relation's rights are one row: of two that grant at once, the second would fail.
        connection.execute(statements(SQL)["one_at_a_time"], {"schema": table.schema()})
    kept = {*missing_roles(connection, sorted(taken)), *with_all_rights(connection, taken)}
    for role in sorted(taken - kept):
        connection.execute(_revoke_select(table, role))
        leave_schema(connection, table.schema(), role)
    for role in sorted(lacking):
        connection.execute(grant_select(table, role))
    if table.layer is Layer.GOLD:
        for role in grants:
            let_read_freshness(connection, role)
    roles = _keep(connection, table, ROLE, taken=taken, given=given)
    return (*share(connection, table, share_with), *roles)


def share(
    connection: psycopg.Connection, table: PublishedTable, share_with: ShareWith
) -> tuple[ReaderChange, ...]:
    """Keep which domains may read a table: their roles follow at the start of their next step, and
    those whose views read it at once lose the right that is taken, for such a view is read
    meanwhile."""
    wanted: set[str] = {share_with} if isinstance(share_with, str) else set(share_with)
    recorded = _read_recorded(connection, table, DOMAIN)
    taken = recorded - wanted
    changes = _keep(connection, table, DOMAIN, taken=taken, given=wanted - recorded)
    if taken:
        _keep_from_views(connection, table)
    return changes


def _keep_from_views(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Revoke the right by which views of other domains show a table that is no longer shared with
    them. Their former SELECTs go, so that readers are refused only what reads it now."""
    view = identifier(table.public).as_string(connection)
    asked = {"view": view, **table.key()}
    found = connection.execute(statements(SQL)["views_that_read"], asked).fetchall()
    if not found:
        return
    connection.execute(statements(SQL)["one_at_a_time"], {"schema": table.schema()})
    for role, _ in found:
        connection.execute(_revoke_select(table, role))
    forget_former_selects_on(connection, table.public, {domain for _, domain in found})


def with_all_rights(connection: psycopg.Connection, roles: Iterable[str]) -> tuple[str, ...]:
    """The roles that may read every table anyway: administrators, and the loader itself, which owns
    the tables."""
    rows = connection.execute(statements(SQL)["with_all_rights"], {"roles": sorted(roles)})
    return tuple(role for (role,) in rows.fetchall())


def leave_schema(connection: psycopg.Connection, schema: str, role: str) -> None:
    """Revoke a role's USAGE on a schema in which it may no longer read anything."""
    asked = {"role": role, "schema": schema}
    row = connection.execute(statements(SQL)["reads_nothing"], asked).fetchone()
    if row and row[0]:
        connection.execute(
            sql.SQL("REVOKE USAGE ON SCHEMA {} FROM {} CASCADE").format(
                sql.Identifier(schema), sql.Identifier(role)
            )
        )


def find_granted_by_hand(
    connection: psycopg.Connection, table: PublishedTable, grants: Iterable[str]
) -> tuple[str, ...]:
    """The roles that may read a view though neither its spec nor Medallion granted it."""
    known = set(grants)
    rows = connection.execute(
        statements(SQL)["granted"], {"view": identifier(table.public).as_string(connection)}
    ).fetchall()
    return tuple(
        role or "public"
        for (role,) in rows
        if role not in known and not role.startswith((WORKER_PREFIX, ENVIRONMENT_PREFIX))
    )


def _read_recorded(connection: psycopg.Connection, table: PublishedTable, kind: str) -> set[str]:
    rows = connection.execute(statements(SQL)["recorded"], {**table.key(), "kind": kind}).fetchall()
    return {reader for (reader,) in rows}


def _keep(
    connection: psycopg.Connection,
    table: PublishedTable,
    kind: str,
    *,
    taken: set[str],
    given: set[str],
) -> tuple[ReaderChange, ...]:
    """Write down what was given and taken; each as a change."""
    changes = []
    for named, readers, is_given in (("forget", taken, False), ("record", given, True)):
        for reader in sorted(readers):
            key = {**table.key(), "kind": kind, "reader": reader}
            connection.execute(statements(SQL)[named], key)
            changes.append(ReaderChange(table=table, kind=kind, reader=reader, is_given=is_given))
    return tuple(changes)


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
