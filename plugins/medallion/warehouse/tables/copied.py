"""A published table from one warehouse into another, as readers see it now."""

from __future__ import annotations

import psycopg
from psycopg import sql

from medallion.names import PublishedTable
from medallion.publish.relations import identifier
from medallion.warehouse.session.relations import columns_of, row_count
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.statements import statements

SQL = "tables/copied.sql"


def copy_published(
    source: psycopg.Connection, target: psycopg.Connection, table: PublishedTable
) -> int:
    """Copy the rows of a table's view into a plain table of the same name; how many rows.

    The bytes pass through this process in blocks: memory does not grow with the table. Keys,
    indexes and versions are not copied.

    Args:
        source: a session of the warehouse that publishes the table.
        target: a session of the other one, which has no relation of that name.
    """
    ensure_schemas(target, table)
    name = identifier(table.public)
    columns = columns_of(source, table.public)
    target.execute(
        statements(SQL)["create"].format(
            table=name,
            columns=sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.type)) for c in columns
            ),
        )
    )
    with (
        source.cursor().copy(statements(SQL)["read"].format(table=name)) as reading,
        target.cursor() as cursor,
        cursor.copy(statements(SQL)["write"].format(table=name)) as writing,
    ):
        for block in reading:
            writing.write(block)
    target.execute(statements(SQL)["analyze"].format(table=name))
    return row_count(target, table.public)
