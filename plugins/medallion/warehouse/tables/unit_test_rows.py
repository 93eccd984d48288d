"""Rows that a test gives and expects, in the types of a table's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from medallion.names import PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.schemas import ensure_schemas
from medallion.warehouse.session.statements import statements

SQL = "tables/unit_test_rows.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Rows as mappings: expected and not there, and there and not expected. In no order."""

    missing: tuple[Mapping[str, Any], ...]
    unexpected: tuple[Mapping[str, Any], ...]


def insert_given(
    connection: psycopg.Connection, table: PublishedTable, types: Mapping[str, str], rows: str
) -> None:
    """Make a plain table under the name that readers use, and fill it.

    Args:
        connection: of a scratch, in which the table is not there.
        table: whose public name it gets.
        types: PostgreSQL's type of each column.
        rows: a JSON array of objects; a column that an object lacks is NULL.
    """
    ensure_schemas(connection, table)
    words = {
        "table": identifier(table.public),
        "columns": sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
            for name, kind in types.items()
        ),
    }
    connection.execute(statements(SQL)["create"].format(**words))
    connection.execute(statements(SQL)["insert"].format(**words), {"rows": rows})


def differences(
    connection: psycopg.Connection, table: TableName, columns: Sequence[str], rows: str
) -> Differences:
    """Compare some columns of a table with the rows that are expected, as the columns' types: 1.50
    is 1.5 where the column is a number.

    Args:
        table: which is there.
        columns: those that are compared.
        rows: a JSON array of objects.
    """
    query = statements(SQL)["differences"].format(
        table=identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    found = connection.execute(query, {"rows": rows}).fetchall()
    return Differences(
        missing=tuple(row for is_missing, row in found if is_missing),
        unexpected=tuple(row for is_missing, row in found if not is_missing),
    )
