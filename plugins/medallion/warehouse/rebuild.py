"""A breaking change that is meant: the table's relations are made anew, within its publication.

Columns go or change their types; what readers hold on to stays where it can: the rows of `merge`,
`append` and `scd2`, the grants, and the views that do not use what has gone. A view that does is
the end of it: nothing is changed then, and the error names the view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

import psycopg
from psycopg import errors, sql

from medallion.errors import WarehouseRefused
from medallion.names import Area, PublishedTable, TableName
from medallion.publish.relations import identifier, parent_of
from medallion.warehouse.relations import dependents_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptView:
    """A view as it has to be made again."""

    name: str
    """Quoted where it has to be, with its schema."""
    definition: str
    comment: str | None
    readers: tuple[tuple[str, bool], ...]
    """Roles (empty: everyone) that may SELECT, and whether they may grant it on."""


def former_parent(table: PublishedTable) -> TableName:
    """What the versions' parent is called while their rows are carried over."""
    return TableName(table.schema(Area.STORE), f"{table.name}__former")


def step_aside(connection: psycopg.Connection, table: PublishedTable) -> tuple[KeptView, ...]:
    """Drop the public view and those that select from it, and rename the versions' parent.

    Returns: the views, the public one first, each after those that it selects from.

    Raises:
        WarehouseRefused: a view belongs to another role, or is a materialized one.
    """
    names = _with_dependents(connection, identifier(table.public).as_string(connection))
    kept = tuple(_kept(connection, name) for name in names)
    for view in reversed(kept):
        try:
            connection.execute(sql.SQL("DROP VIEW {}").format(sql.SQL(view.name)))
        except (errors.InsufficientPrivilege, errors.WrongObjectType) as error:
            raise _cannot_be_kept(table, view, error) from None
    connection.execute(
        sql.SQL("ALTER TABLE {} RENAME TO {}").format(
            identifier(parent_of(table)), sql.Identifier(former_parent(table).table)
        )
    )
    return kept


def bring_back(
    connection: psycopg.Connection, table: PublishedTable, views: Sequence[KeptView]
) -> None:
    """Grants of the public view (the first, already made anew), and the views on it.

    Raises:
        WarehouseRefused: a view uses what has gone.
    """
    public, *others = views
    _restore(connection, public)
    for view in others:
        try:
            connection.execute(
                sql.SQL("CREATE VIEW {} AS {}").format(sql.SQL(view.name), sql.SQL(view.definition))
            )
        except (psycopg.ProgrammingError, psycopg.DataError) as error:
            raise _cannot_be_kept(table, view, error) from None
        _restore(connection, view)


def drop_former(connection: psycopg.Connection, table: PublishedTable) -> None:
    """The versions of the former shape: nobody can go back to them."""
    connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(identifier(former_parent(table))))


def _restore(connection: psycopg.Connection, view: KeptView) -> None:
    if view.comment:
        connection.execute(
            sql.SQL("COMMENT ON VIEW {} IS {}").format(
                sql.SQL(view.name), sql.Literal(view.comment)
            )
        )
    for role, may_grant in view.readers:
        connection.execute(
            sql.SQL("GRANT SELECT ON {} TO {}{}").format(
                sql.SQL(view.name),
                sql.Identifier(role) if role else sql.SQL("PUBLIC"),
                sql.SQL(" WITH GRANT OPTION" if may_grant else ""),
            )
        )


def _kept(connection: psycopg.Connection, name: str) -> KeptView:
    row = connection.execute(
        "SELECT pg_get_viewdef(c.oid), obj_description(c.oid, 'pg_class')"
        " FROM pg_class AS c WHERE c.oid = to_regclass(%s)",
        [name],
    ).fetchone()
    assert row is not None  # noqa: S101  # it was found by its oid just now
    readers = connection.execute(
        "SELECT coalesce(r.rolname, ''), a.is_grantable FROM pg_class AS c"
        " CROSS JOIN LATERAL aclexplode(c.relacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee"
        " WHERE c.oid = to_regclass(%s) AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner"
        " ORDER BY 1",
        [name],
    ).fetchall()
    return KeptView(
        name=name,
        definition=str(row[0]).rstrip("; \n"),
        comment=row[1],
        readers=tuple((role, bool(grantable)) for role, grantable in readers),
    )


def _with_dependents(connection: psycopg.Connection, public: str) -> tuple[str, ...]:
    """A view and all that select from it, each after those that it selects from."""
    found: dict[str, set[str]] = {public: set()}
    to_look_at = [public]
    while to_look_at:
        name = to_look_at.pop()
        for other in dependents_of(connection, name):
            if other not in found:
                found[other] = set()
                to_look_at.append(other)
            found[other].add(name)
    return tuple(TopologicalSorter(found).static_order())


def _cannot_be_kept(
    table: PublishedTable, view: KeptView, error: psycopg.Error
) -> WarehouseRefused:
    said = (error.diag.message_primary or str(error)).rstrip(".")
    return WarehouseRefused(
        f"{table.public} cannot change its shape while {view.name} selects from it: {said}",
        remedy="its owner drops it, or has it select what stays; then clear this task. The "
        "published table is untouched",
    )
