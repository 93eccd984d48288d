"""Gold tables that stay behind: older than the tables that they select from, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import dict_row

from medallion.names import Layer, PublishedTable
from medallion.warehouse.session.statements import statements

SQL = "registry/behind.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One gold table. Times in UTC.

    `age` is the figure to judge it by: how long readers of its inputs have had what it lacks.
    """

    table: PublishedTable
    dag_id: str
    as_of: datetime
    """When its SELECT read."""
    since: datetime
    """When the first of what it lacks was published."""
    age: timedelta
    newer_inputs: tuple[str, ...]


def tables_behind(connection: psycopg.Connection) -> Sequence[Behind]:
    """Every such table in the warehouse, the longest behind first; empty if there is no registry
    yet."""
    sql = statements(SQL)
    there = connection.execute(sql["is_there"]).fetchone()
    if not there or not there[0]:
        return ()
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql["behind"]).fetchall()
    return [
        Behind(
            table=PublishedTable(
                layer=Layer(row["layer"]), domain=row["domain"], name=row["table_name"]
            ),
            dag_id=row["dag_id"],
            as_of=row["as_of"],
            since=row["since"],
            age=row["age"],
            newer_inputs=tuple(row["newer_inputs"]),
        )
        for row in rows
    ]
