"""Versions of gold tables that are views: each is a SELECT, kept as a view in the store.

Its owner is the domain's role, with whose rights it reads its inputs: readers of the public view
need no right to them, and see no more of them than the SELECT gives. `security_barrier` holds them
to that: without it a function of a reader's own could be called with rows that the SELECT leaves
out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from medallion.errors import StagingLost, WarehouseRefused
from medallion.names import Area, Layer, PublishedTable, TableName
from medallion.publish.masked_view import select_masked
from medallion.publish.partitions import PARTITIONED, rows_of
from medallion.publish.relations import (
    SelectVersion,
    create_view,
    create_view_of_selects,
    identifier,
    parent_of,
)
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.masks import read_masks
from medallion.warehouse.registry.pins import pins_of
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.relations import children_of, columns_of, dependents_of
from medallion.warehouse.session.statements import statements

SQL = "tables/selects.sql"


def stage_select(connection: psycopg.Connection, view: TableName, select: str) -> None:
    """Make the view of a run's SELECT, as the domain's role: what its gate lets through later.

    A prepared text is one statement, whatever it holds. It may end with a comment.
    """
    opening = sql.SQL("CREATE VIEW {} WITH (security_barrier) AS\n").format(identifier(view))
    statement = sql.Composed([opening, sql.SQL(select), sql.SQL("\n")])
    connection.execute(statement, prepare=True)


def hold_to_plain(connection: psycopg.Connection, view: TableName, role: str) -> None:
    """Refuse a staged SELECT that is not one by its domain's role, or that calls what is not
    PostgreSQL's own.

    Raises:
        StagingLost: it is not there any more.
        WarehouseRefused: it is something else.
    """
    asked = {"view": identifier(view).as_string(connection), "role": role}
    row = connection.execute(statements(SQL)["not_plain"], asked).fetchone()
    if row is None:
        raise StagingLost(
            f"the SELECT that was staged as {view} is lost",
            remedy="run the task again: it makes it again",
        )
    if row[0]:
        raise WarehouseRefused(
            f"{view}, made by {role}, is not a plain view",
            remedy="nothing was published; somebody has worked as that role: look at the log",
        )


def publish_select(
    connection: psycopg.Connection,
    table: PublishedTable,
    staged: TableName,
    current: Publication | None,
    *,
    keep: int,
    least: int = 0,
) -> int:
    """Have readers get a staged SELECT, in the publication's transaction: the number of its
    version. The same SELECT as that of the current version changes nothing.

    Args:
        keep: how many versions stay, the new one included.
        least: the first version of the table's shape.
    """
    known = list_shown_selects(connection, table)
    is_shown = current is not None and current.version in {one.number for one in known}
    if current and is_shown and _is_same(connection, staged, table.version(current.version)):
        connection.execute(sql.SQL("DROP VIEW {}").format(identifier(staged)))
        return current.version
    number = registry.next_version(connection, table)
    target = table.version(number)
    connection.execute(
        sql.SQL("ALTER VIEW {} RENAME TO {}").format(
            identifier(staged), sql.Identifier(target.table)
        )
    )
    connection.execute(
        sql.SQL("ALTER VIEW {} SET SCHEMA {}").format(
            sql.Identifier(staged.schema, target.table), sql.Identifier(target.schema)
        )
    )
    columns = frozenset(one.name for one in columns_of(connection, target))
    new = SelectVersion(number=number, columns=columns)
    former = _choose_former(connection, table, known, current, keep)
    show_versions(connection, table, _list_columns(connection, table), (*former, new), least)
    _drop(connection, table, {one.number for one in known} - {one.number for one in former})
    return number


def show_rows_too(connection: psycopg.Connection, table: PublishedTable, least: int) -> None:
    """Let the public view show versions with rows of their own, where it only knows SELECTs."""
    asked = {
        "public": identifier(table.public).as_string(connection),
        "parent": identifier(parent_of(table)).as_string(connection),
    }
    row = connection.execute(statements(SQL)["reads_parent"], asked).fetchone()
    if row and not row[0]:
        selects = list_shown_selects(connection, table)
        show_versions(connection, table, _list_columns(connection, table), selects, least)


def list_partitioned(connection: psycopg.Connection, table: PublishedTable) -> tuple[int, ...]:
    """The numbers of the versions that are partitioned."""
    asked = {"store": table.schema(Area.STORE), "name": table.name}
    rows = connection.execute(statements(SQL)["partitioned"], asked).fetchall()
    found = (_number_of(table, name.removesuffix(PARTITIONED)) for (name,) in rows)
    return tuple(sorted(number for number in found if number is not None))


def show_also(
    connection: psycopg.Connection, table: PublishedTable, number: int, least: int
) -> None:
    """Let the public view show one more version that is partitioned."""
    columns = frozenset(one.name for one in columns_of(connection, table.version(number)))
    new = SelectVersion(number=number, columns=columns, is_partitioned=True)
    known = list_shown_selects(connection, table)
    show_versions(connection, table, _list_columns(connection, table), (*known, new), least)


def show_without(
    connection: psycopg.Connection, table: PublishedTable, numbers: Collection[int]
) -> None:
    """Have the public view show some versions that are views no longer."""
    left = [one for one in list_shown_selects(connection, table) if one.number not in numbers]
    show_versions(connection, table, _list_columns(connection, table), left)


def list_shown_selects(
    connection: psycopg.Connection, table: PublishedTable
) -> tuple[SelectVersion, ...]:
    """The versions of a table that are views, and that the public view can show: SELECTs, which
    only gold has, and partitioned ones."""
    store = table.schema(Area.STORE)
    if table.layer is not Layer.GOLD and not list_partitioned(connection, table):
        return ()
    asked = {"store": store, "schema": table.schema(), "name": table.name}
    rows = connection.execute(statements(SQL)["shown"], asked).fetchall()
    found = [
        SelectVersion(number=number, columns=frozenset(columns), is_partitioned=partitioned)
        for name, columns, partitioned in rows
        if (number := _number_of(table, name)) is not None
    ]
    return tuple(sorted(found, key=lambda one: one.number))


def list_shown_versions(connection: psycopg.Connection, table: PublishedTable) -> frozenset[str]:
    """The versions that the public view can show, by the names of their tables or views."""
    return name_versions(connection, table, list_shown_selects(connection, table))


def name_versions(
    connection: psycopg.Connection, table: PublishedTable, selects: Sequence[SelectVersion]
) -> frozenset[str]:
    """The same, by whoever has asked for the SELECTs among them."""
    named = (table.version(one.number).table for one in selects)
    return frozenset((*children_of(connection, parent_of(table)), *named))


def show_versions(
    connection: psycopg.Connection,
    table: PublishedTable,
    columns: Sequence[str],
    selects: Sequence[SelectVersion],
    least: int = 0,
) -> None:
    """Make the public view of these SELECTs, and of the versions with rows where there are some.

    Args:
        columns: in the view's order; each is one of the parent's.
        least: as of `create_view`.
    """
    stored = {one.name: one for one in columns_of(connection, parent_of(table))}
    typed = [stored[name] for name in columns]
    masks = read_masks(connection, table)
    masked = select_masked(typed, masks) if masks else None
    if not selects:
        connection.execute(create_view(table, columns, least, masked))
        return
    with_rows = bool(children_of(connection, parent_of(table)))
    connection.execute(
        create_view_of_selects(
            table, typed, selects, with_rows=with_rows, least=least, masked=masked
        )
    )


def show_again(connection: psycopg.Connection, table: PublishedTable, least: int = 0) -> None:
    """Make the public view of what it shows again: what it masks has changed."""
    selects = list_shown_selects(connection, table)
    show_versions(connection, table, _list_columns(connection, table), selects, least)


def drop_hidden_selects(
    connection: psycopg.Connection, table: PublishedTable, but: Collection[int] = ()
) -> None:
    """Drop the SELECTs that the public view cannot show, where there is one: of a former shape."""
    shown = {one.number for one in list_shown_selects(connection, table)}
    asked = {"store": table.schema(Area.STORE), "name": table.name}
    rows = connection.execute(statements(SQL)["kept"], asked).fetchall()
    there = {number for (name,) in rows if (number := _number_of(table, name)) is not None}
    for number in sorted(there - shown - set(but)):
        _drop_one(connection, table.version(number))


def forget_former_selects_on(
    connection: psycopg.Connection, upstream: TableName, domains: Collection[str] | None = None
) -> None:
    """Drop former versions that select from a table: nothing that readers do not see any more holds
    up a change of what it reads.

    Args:
        domains: whose; None: of all domains.
    """
    for name in dependents_of(connection, identifier(upstream).as_string(connection)):
        schema, _, relation = name.replace('"', "").partition(".")
        prefix = f"{Area.STORE}_{Layer.GOLD}_"
        table_name, mark, number = relation.rpartition("__v")
        if not (schema.startswith(prefix) and mark and number.isdigit()):
            continue
        table = PublishedTable(
            layer=Layer.GOLD, domain=schema.removeprefix(prefix), name=table_name
        )
        if domains is not None and table.domain not in domains:
            continue
        current = registry.current(connection, table)
        if current is not None and current.version != int(number):
            _forget(connection, table, {int(number)})


def find_unreadable_selects(
    connection: psycopg.Connection, table: PublishedTable
) -> frozenset[int]:
    """Former versions whose SELECT reads what its domain may read no longer. As long as they are
    there, readers of the current version are refused with them."""
    asked = {"store": table.schema(Area.STORE), "name": table.name}
    rows = connection.execute(statements(SQL)["unreadable"], asked).fetchall()
    found = {number for (name,) in rows if (number := _number_of(table, name)) is not None}
    if not found:
        return frozenset()
    current = registry.current(connection, table)
    shown = {one.number for one in list_shown_selects(connection, table)}
    return frozenset((found & shown) - {current.version if current else 0})


def forget_unreadable_selects(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Drop those versions. The caller holds the table's lock."""
    if gone := find_unreadable_selects(connection, table):
        _forget(connection, table, gone)


def _forget(
    connection: psycopg.Connection, table: PublishedTable, numbers: Collection[int]
) -> None:
    """Have the public view know these SELECTs no longer, and drop them."""
    show_without(connection, table, numbers)
    _drop(connection, table, numbers)


def _list_columns(connection: psycopg.Connection, table: PublishedTable) -> list[str]:
    return [column.name for column in columns_of(connection, table.public)]


@contextmanager
def letting_own(connection: psycopg.Connection, view: str, owner: str) -> Iterator[None]:
    """Within the block, a domain's role may become the owner of a SELECT in the store, for which
    PostgreSQL asks for CREATE on the schema. Other views, and the loader's own: nothing changes.

    Args:
        view: its quoted name, with the schema.
        owner: the role.
    """
    asked = {"view": view, "owner": owner}
    row = connection.execute(statements(SQL)["store_without_right"], asked).fetchone()
    if row is None:
        yield
        return
    names = {"schema": sql.Identifier(row[0]), "role": sql.Identifier(owner)}
    connection.execute(sql.SQL("GRANT CREATE ON SCHEMA {schema} TO {role}").format(**names))
    yield
    connection.execute(sql.SQL("REVOKE CREATE ON SCHEMA {schema} FROM {role}").format(**names))


def _is_same(connection: psycopg.Connection, one: TableName, other: TableName) -> bool:
    asked = {
        "one": identifier(one).as_string(connection),
        "other": identifier(other).as_string(connection),
    }
    row = connection.execute(statements(SQL)["is_same"], asked).fetchone()
    return bool(row and row[0])


def _choose_former(
    connection: psycopg.Connection,
    table: PublishedTable,
    known: Sequence[SelectVersion],
    current: Publication | None,
    keep: int,
) -> tuple[SelectVersion, ...]:
    """Which of the former SELECTs stay: as many as the spec keeps, what readers have until now and
    may still be reading, and what is pinned."""
    latest = {one.number for one in sorted(known, key=lambda one: -one.number)[: max(keep - 1, 0)]}
    stay = {*latest, *pins_of(connection, table), *([current.version] if current else [])}
    return tuple(
        one
        for one in known
        if one.number in stay or not registry.is_seen_by_nobody(connection, table, one.number)
    )


def _drop(connection: psycopg.Connection, table: PublishedTable, numbers: Collection[int]) -> None:
    for number in sorted(numbers):
        registry.forget_version(connection, table, number)
        _drop_one(connection, table.version(number))


def _drop_one(connection: psycopg.Connection, version: TableName) -> None:
    """A version that is a view; of a partitioned one with its rows."""
    connection.execute(sql.SQL("DROP VIEW {} CASCADE").format(identifier(version)))
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(rows_of(version))))


def _number_of(table: PublishedTable, relation: str) -> int | None:
    number = relation.removeprefix(f"{table.name}__v")
    return int(number) if number.isdigit() else None
