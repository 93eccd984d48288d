"""A view with everything that depends on its identity: read, made again, and compared with
before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row

from medallion.warehouse.session.statements import statements

KINDS = {"v": "view", "m": "materialized view", "r": "table", "p": "table", "f": "foreign table"}
_SQL = "tables/views.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewColumn:
    """A column of a view. Its default counts where rows are inserted through the view."""

    name: str
    type: str
    comment: str | None
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A right on the view or on one column of it. An empty role means PUBLIC."""

    role: str
    privilege: str
    column_name: str | None
    may_grant: bool
    grantor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A rule or a trigger of the view, as the statement that makes it."""

    kind: str
    name: str
    definition: str
    enabled: str
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view as it has to be made again. `name` is quoted, with its schema."""

    name: str
    kind: str
    owner: str
    options: tuple[str, ...]
    definition: str
    comment: str | None
    labels: tuple[str, ...]
    columns: tuple[ViewColumn, ...]
    grants: tuple[Grant, ...]
    attached: tuple[Attached, ...]

    def with_columns_of(self, other: View) -> View:
        """A copy without comments, defaults and grants of columns that `other` lacks. The SELECT
        stays."""
        names = {column.name for column in other.columns}
        return replace(
            self,
            columns=tuple(column for column in self.columns if column.name in names),
            grants=tuple(
                grant
                for grant in self.grants
                if grant.column_name is None or grant.column_name in names
            ),
        )


def read_view(connection: psycopg.Connection, name: str) -> View:
    """The view of a quoted name, or what else there is by that name: ask its `kind`."""
    named, sql_of = {"name": name}, statements(_SQL)
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(sql_of["view"], named).fetchone()
        assert row is not None  # noqa: S101  # it was found by its oid just now
    return View(
        name=name,
        kind=KINDS.get(row["kind"], "relation"),
        owner=row["owner"],
        options=tuple(row["options"]),
        definition=(row["definition"] or "").rstrip("; \n"),
        comment=row["comment"],
        labels=tuple(row["labels"]),
        columns=_rows(connection, ViewColumn, "columns", named),
        grants=_rows(connection, Grant, "grants", named),
        attached=_rows(connection, Attached, "attached", named),
    )


def _rows(
    connection: psycopg.Connection, kind: type[Any], statement: str, named: dict[str, str]
) -> tuple[Any, ...]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return tuple(cursor.execute(statements(_SQL)[statement], named).fetchall())


def create(view: View) -> sql.Composed:
    """CREATE VIEW with its options. `furnish` adds rights, comments, rules and the owner."""
    options = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, _, value in (option.partition("=") for option in view.options)
    ]
    return sql.SQL("CREATE VIEW {} {} AS {}").format(
        sql.SQL(view.name),
        sql.SQL("WITH ({})").format(sql.SQL(", ").join(options)) if options else sql.SQL(""),
        sql.SQL(view.definition),
    )


def set_options(view: View) -> Iterator[sql.Composed]:
    """ALTER VIEW … SET for a view that was created without its options."""
    for option in view.options:
        name, _, value = option.partition("=")
        yield sql.SQL("ALTER VIEW {} SET ({} = {})").format(
            sql.SQL(view.name), sql.Identifier(name), sql.Literal(value)
        )


def furnish(view: View) -> Iterator[sql.Composed]:
    """Restore what a new view lacks; the owner last, because only the maker may do the rest."""
    name = sql.SQL(view.name)
    yield from _comments(view)
    for column in view.columns:
        if column.default:
            yield sql.SQL("ALTER VIEW {} ALTER COLUMN {} SET DEFAULT {}").format(
                name, sql.Identifier(column.name), sql.SQL(column.default)
            )
    for one in view.attached:
        yield sql.Composed([sql.SQL(one.definition)])
        if one.comment:
            yield sql.SQL("COMMENT ON {} {} ON {} IS {}").format(
                sql.SQL(one.kind), sql.Identifier(one.name), name, sql.Literal(one.comment)
            )
    for grant in view.grants:
        if grant.role != view.owner:
            yield _grant(name, grant)
    yield sql.SQL("ALTER VIEW {} OWNER TO {}").format(name, sql.Identifier(view.owner))


def _comments(view: View) -> Iterator[sql.Composed]:
    name = sql.SQL(view.name)
    if view.comment:
        yield sql.SQL("COMMENT ON VIEW {} IS {}").format(name, sql.Literal(view.comment))
    for column in view.columns:
        if column.comment:
            yield sql.SQL("COMMENT ON COLUMN {}.{} IS {}").format(
                name, sql.Identifier(column.name), sql.Literal(column.comment)
            )


def _grant(name: sql.SQL, grant: Grant) -> sql.Composed:
    column: sql.Composable = sql.SQL("")
    if grant.column_name is not None:
        column = sql.SQL(" ({})").format(sql.Identifier(grant.column_name))
    return sql.SQL("GRANT {}{} ON {} TO {}{}").format(
        sql.SQL(grant.privilege),
        column,
        name,
        sql.Identifier(grant.role) if grant.role else sql.SQL("PUBLIC"),
        sql.SQL(" WITH GRANT OPTION" if grant.may_grant else ""),
    )


def find_lost(before: View, after: View) -> list[str]:
    """What a view that was made again did not get back, in words. Changes of column types are not
    compared: they are why the view was made again."""
    traits = {
        "its owner": (before.owner, after.owner),
        "its options": (set(before.options), set(after.options)),
        "its comment": (before.comment, after.comment),
        "its security labels": (before.labels, after.labels),
        "comments of its columns": tuple(
            {column.name: column.comment for column in view.columns if column.comment}
            for view in (before, after)
        ),
        "defaults of its columns": tuple(
            {column.name for column in view.columns if column.default} for view in (before, after)
        ),
        "grants": (set(before.grants), set(after.grants)),
        "rules or triggers": (set(before.attached), set(after.attached)),
    }
    return [words for words, (was, is_now) in traits.items() if was != is_now]
