"""The relations behind a published table, changed to fit what is about to be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from medallion.names import DATA_INTERVAL_END, Layer, PublishedTable
from medallion.plan.model import PublishStep
from medallion.publish.relations import (
    VERSION,
    Column,
    add_column,
    create_parent,
    forget_plans,
    identifier,
    parent_of,
)
from medallion.warehouse.session.relations import columns_of, comments_of
from medallion.warehouse.tables.partitioned import add_missing_columns
from medallion.warehouse.tables.selects import list_shown_selects, show_versions

_MOMENT = "timestamp with time zone"


def list_added_columns(step: PublishStep) -> tuple[Column, ...]:
    """The columns that the write disposition adds to the staged ones (`_deleted_at`, `_valid_from`
    …)."""
    names = step.write_disposition.list_added_columns(step.missing_keys)
    return tuple(Column(name=name, type=_MOMENT) for name in names)


def bring_up_to_date(
    connection: psycopg.Connection,
    table: PublishedTable,
    staged: Sequence[Column],
    *,
    least_version: int = 0,
) -> None:
    """Create the parent and the view, or add new columns. Nothing is removed.

    Args:
        least_version: the first version of a table that is made again.
    """
    wanted = list(staged)
    if table.layer is Layer.SILVER:
        wanted.append(Column(name=DATA_INTERVAL_END, type=_MOMENT))
    known = columns_of(connection, parent_of(table))
    if not known:
        connection.execute(create_parent(table, wanted))
    else:
        names = {column.name for column in known}
        for column in wanted:
            if column.name not in names:
                connection.execute(add_column(table, column))
        add_missing_columns(connection, table)
    shown = [column.name for column in columns_of(connection, table.public)]
    stored = [c.name for c in columns_of(connection, parent_of(table)) if c.name != VERSION]
    columns = shown + [name for name in stored if name not in shown]
    if columns != shown:
        show_versions(
            connection, table, columns, list_shown_selects(connection, table), least_version
        )


def forget_cached_plans(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Make every session plan its queries of the table again, because another version is now
    current."""
    connection.execute(forget_plans(table))


def describe(connection: psycopg.Connection, step: PublishStep) -> None:
    """Set the comments of view and columns, only those that differ: each COMMENT takes a lock."""
    table = step.table
    for column, text in _list_changed_comments(connection, step).items():
        target = (
            sql.SQL("VIEW {}").format(identifier(table.public))
            if not column
            else sql.SQL("COLUMN {}").format(
                sql.Identifier(table.public.schema, table.public.table, column)
            )
        )
        connection.execute(sql.SQL("COMMENT ON {} IS {}").format(target, sql.Literal(text)))


def _list_changed_comments(connection: psycopg.Connection, step: PublishStep) -> Mapping[str, str]:
    """The view's comment under '', the columns' under their names."""
    present = comments_of(connection, step.table.public)
    wanted = {"": step.description, **step.column_descriptions}
    shown = {column.name for column in columns_of(connection, step.table.public)} | {""}
    return {
        name: text
        for name, text in wanted.items()
        if text and name in shown and present.get(name) != text
    }
