"""A breaking change that is meant: the table's relations are made again within its publication.

Columns go or change type. What readers rely on stays where it can: the rows of `merge`, `append`
and `scd2`, the grants, and the views that do not use what has gone. A view that does, or that
cannot be made as it was, stops the publication: nothing changes, and the error names the view. A
plain publication never drops a view; this one must, because PostgreSQL changes no column that a
view uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from itertools import chain

import psycopg
from psycopg import errors, sql

from medallion.errors import WarehouseRefused
from medallion.names import Area, PublishedTable, TableName, is_of_environment
from medallion.publish.relations import identifier, parent_of
from medallion.warehouse.session.relations import children_of, dependents_of
from medallion.warehouse.tables.selects import forget_former_selects_on, letting_own
from medallion.warehouse.tables.views import (
    View,
    create,
    find_lost,
    furnish,
    read_view,
    set_options,
)


def former_parent(table: PublishedTable) -> TableName:
    """The name of the old versions' parent while their rows are carried over."""
    return TableName(table.schema(Area.STORE), f"{table.name}__former")


def drop_views(connection: psycopg.Connection, table: PublishedTable) -> tuple[View, ...]:
    """Drop the public view and those that select from it, and rename the versions' parent.

    Views of environments go for good: the environment's next run makes them again.

    Returns:
        The views, the public one first, each after those that it selects from.

    Raises:
        WarehouseRefused: a dependent view belongs to another role or is materialized, or something
            that is not a view depends on the table.
    """
    _drop_views_of_environments(connection, table)
    forget_former_selects_on(connection, table.public)
    names = _with_dependents(connection, identifier(table.public).as_string(connection))
    kept = tuple(read_view(connection, name) for name in names)
    for view in kept:
        if view.kind != "view":
            raise _cannot_be_kept(table, view, f"it is a {view.kind}, which is not made again")
    # Never CASCADE: it would drop what was not read above, and nobody could give that back.
    for view in reversed(kept):
        try:
            connection.execute(sql.SQL("DROP VIEW {}").format(sql.SQL(view.name)))
        except (psycopg.ProgrammingError, errors.DependentObjectsStillExist) as error:
            raise _cannot_be_kept(table, view, _text_of(error)) from None
    connection.execute(
        sql.SQL("ALTER TABLE {} RENAME TO {}").format(
            identifier(parent_of(table)), sql.Identifier(former_parent(table).table)
        )
    )
    return kept


def _drop_views_of_environments(connection: psycopg.Connection, table: PublishedTable) -> None:
    """No environment holds production up. What people have made upon such a view goes with it."""
    if is_of_environment(table.schema()):
        return
    for view in dependents_of(connection, identifier(table.public).as_string(connection)):
        if is_of_environment(view.partition(".")[0].strip('"')):
            connection.execute(sql.SQL("DROP VIEW IF EXISTS {} CASCADE").format(sql.SQL(view)))


def bring_back(
    connection: psycopg.Connection, table: PublishedTable, views: Sequence[View]
) -> None:
    """Restore what belonged to the public view (the first, already made again), and the views on
    it.

    Grants and comments on a column that was removed are dropped with it.

    Raises:
        WarehouseRefused: a view uses what has gone, or cannot be made as it was.
    """
    public, *others = views
    public = public.with_columns_of(read_view(connection, public.name))
    _restore(connection, table, public, set_options(public))
    for view in others:
        _restore(connection, table, view, [create(view)])


def _restore(
    connection: psycopg.Connection,
    table: PublishedTable,
    view: View,
    making: Iterable[sql.Composed],
) -> None:
    """Make a view, give it back what hung on it, and compare.

    Raises:
        WarehouseRefused: something is not as it was before; the publication is rolled back whole.
    """
    try:
        with letting_own(connection, view.name, view.owner):
            for statement in chain(making, furnish(view)):
                connection.execute(statement)
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as error:
        raise _cannot_be_kept(table, view, _text_of(error)) from None
    now = read_view(connection, view.name)
    # Read back instead of trusted: a trigger or a right that PostgreSQL did not give back is an
    # error here, and not a surprise for its owner.
    if missing := find_lost(view, now.with_columns_of(view)):
        raise _cannot_be_kept(table, view, f"{' and '.join(missing)} cannot be given back")


def drop_former(
    connection: psycopg.Connection, table: PublishedTable, pinned: Iterable[int]
) -> None:
    """Drop the versions of the old shape: nobody can go back to them. Those that are pinned stay,
    by themselves: they are no longer versions that the view could show."""
    former = former_parent(table)
    there = children_of(connection, former)
    for name in map(table.version, pinned):
        if name.table in there:
            connection.execute(
                sql.SQL("ALTER TABLE {} NO INHERIT {}").format(identifier(name), identifier(former))
            )
    connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(identifier(former)))


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


def _text_of(error: psycopg.Error) -> str:
    parts = (error.diag.message_primary or str(error), error.diag.message_detail)
    return ": ".join(part.rstrip(".") for part in parts if part)


def _cannot_be_kept(table: PublishedTable, view: View, why: str) -> WarehouseRefused:
    own = view.name == identifier(table.public).as_string()
    what = "" if own else f" while {view.name} selects from it"
    remedy = (
        "remove from it what is in the way"
        if own
        else "its owner drops it, or has it select what stays"
    )
    return WarehouseRefused(
        f"{table.public} cannot change its shape{what}: {why}",
        remedy=f"{remedy}; then clear this task. The published table is untouched",
    )
