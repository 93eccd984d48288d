"""The view of a whole incremental table as it would be, for the checks that ask of all of it."""

from __future__ import annotations

import psycopg
from psycopg import sql

from medallion.names import TableName
from medallion.publish.disposition import Beside, WriteDisposition
from medallion.publish.relations import identifier
from medallion.warehouse.session.relations import columns_of


def create_view(
    connection: psycopg.Connection,
    view: TableName,
    disposition: WriteDisposition,
    beside: Beside,
) -> None:
    """Make the view, in place of what a former try has left. Its owner is the loader, so whoever
    may read it needs no right to what it reads."""
    drop_view(connection, view)
    columns = [column.name for column in columns_of(connection, beside.staging)]
    connection.execute(
        sql.SQL("CREATE VIEW {} AS {}").format(
            identifier(view), disposition.afterwards(beside, columns)
        )
    )


def drop_view(connection: psycopg.Connection, view: TableName) -> None:
    """DROP VIEW IF EXISTS."""
    connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(identifier(view)))
