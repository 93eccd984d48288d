"""What a publication was made from, as one short text: equal digests mean equal rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import psycopg
from psycopg import sql

from medallion.names import Layer, PublishedTable, TableName
from medallion.publish.relations import identifier, select_columns
from medallion.run import Run
from medallion.warehouse.session.statements import statements

SQL = "registry/digest.sql"


def content_digest(
    connection: psycopg.Connection, run: Run, table: PublishedTable, staging: TableName
) -> str:
    """`sha256:…` over a silver table's landed bytes and spec, or over a gold table's rows.

    Gold is hashed row by row in PostgreSQL, whatever the order of the rows; silver, which may be
    large, by what it follows from: the digests of its parts and of its spec.
    """
    if table.layer is Layer.SILVER:
        rows = connection.execute(
            statements(SQL)["landed_parts"],
            {"dag_id": run.dag_id, "run_id": run.run_id, "dataset": table.name},
        ).fetchall()
        made_from = [run.spec_digest, *(row[0] for row in rows)]
    else:
        made_from = _hash(connection, identifier(staging))
    return f"sha256:{hashlib.sha256(chr(10).join(made_from).encode()).hexdigest()}"


def rows_digest(
    connection: psycopg.Connection, staging: TableName, columns: Sequence[str]
) -> tuple[str, ...]:
    """How many rows there are, and a number that changes with any value of these columns."""
    return tuple(_hash(connection, sql.SQL("({})").format(select_columns(staging, columns))))


def _hash(connection: psycopg.Connection, rows: sql.Composable) -> list[str]:
    row = connection.execute(statements(SQL)["hashed"].format(rows=rows)).fetchone()
    return [str(value) for value in row or ()]
