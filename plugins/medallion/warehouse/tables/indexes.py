"""The indexes that a spec asks for, made where they are missing."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import errors, sql

from medallion.errors import WarehouseRefused
from medallion.names import PublishedTable, TableName
from medallion.publish.relations import identifier, names
from medallion.warehouse.session.statements import statements

SQL = "tables/indexes.sql"


def add_missing_indexes(
    connection: psycopg.Connection,
    table: PublishedTable,
    relation: TableName,
    wanted: Sequence[Sequence[str]],
) -> None:
    """Make each index that the relation does not have. One that the spec no longer asks for stays.

    Args:
        connection: in the transaction of the caller.
        table: for the error.
        relation: its staging table, or a version of it.
        wanted: the columns of each index, in order.

    Raises:
        WarehouseRefused: PostgreSQL can make no index on a column, or there is no such column.
    """
    if not wanted:
        return
    asked = {"relation": identifier(relation).as_string(connection)}
    there = {tuple(row[0]) for row in connection.execute(statements(SQL)["columns"], asked)}
    for columns in wanted:
        if tuple(columns) in there:
            continue
        making = sql.SQL("CREATE INDEX ON {} ({})").format(identifier(relation), names(columns))
        try:
            connection.execute(making)
        except (errors.UndefinedObject, errors.UndefinedColumn, errors.ProgramLimitExceeded) as no:
            raise WarehouseRefused(
                f"{table.public} gets no index on ({', '.join(columns)}): "
                f"{no.diag.message_primary}",
                remedy="take it out of `indexes` in the spec, or choose columns that can be "
                "ordered and are short. The published table is untouched",
            ) from None
