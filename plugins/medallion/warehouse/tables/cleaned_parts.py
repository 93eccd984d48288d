"""The landed parts that a cluster has cleaned: each is recorded as it is staged.

So a task of a cluster that is started twice, after its machine was lost or because it was slow,
stages its part once: the second finds the record, or is refused by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from medallion.names import TableName
from medallion.publish.relations import identifier
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "tables/cleaned_parts.sql"


@contextmanager
def writer_session(url: str, doing: str) -> Iterator[Session]:
    """One transaction of a cluster's task, as a role that may fill one run's tables and nothing
    else: it knows no registry.

    Raises:
        WarehouseUnavailable, WarehouseRefused: by who must act.
    """
    with translate_errors(doing), connect(url, application_name="medallion cluster") as connection:
        yield connection


def create_cleaned_parts(connection: psycopg.Connection, table: TableName, attempt: str) -> None:
    """Create the empty list, replacing what an earlier try left.

    Args:
        attempt: a word that this try of the task alone knows.
    """
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(table)))
    connection.execute(
        statements(SQL)["create"].format(parts=identifier(table), attempt=sql.Literal(attempt))
    )


def find_cleaned_part(
    connection: psycopg.Connection, table: TableName, attempt: str, part: int
) -> dict[str, Any] | None:
    """The counts of a part that is staged; None: it is not."""
    found = connection.execute(
        statements(SQL)["find"].format(parts=identifier(table)),
        {"part": part, "attempt": attempt},
    ).fetchone()
    return json.loads(found[0]) if found else None


def add_cleaned_part(
    connection: psycopg.Connection,
    table: TableName,
    attempt: str,
    part: int,
    counts: Mapping[str, Any],
) -> bool:
    """Record a part in the transaction that stages it; False if another task has staged it, and
    this transaction has to be rolled back."""
    row = {"part": part, "attempt": attempt, "counts": json.dumps(counts)}
    try:
        connection.execute(statements(SQL)["add"].format(parts=identifier(table)), row)
    except psycopg.errors.UniqueViolation:
        return False
    return True


def list_cleaned_parts(
    connection: psycopg.Connection, table: TableName
) -> dict[int, dict[str, Any]]:
    """The counts of each part that is staged, in their order."""
    rows = connection.execute(statements(SQL)["all"].format(parts=identifier(table))).fetchall()
    return {part: json.loads(counts) for part, counts in rows}
