"""What a person sees of a demo's runs: gates, publications, the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import psycopg
from psycopg import sql

from medallion.warehouse.session.statements import statements

SQL = "tables/run_overview.sql"

RunName: TypeAlias = tuple[str, str]
"""A DAG's id and a run's."""

Rows: TypeAlias = tuple[list[str], list[tuple[object, ...]]]
"""The names of the columns, and the rows."""


def gates_of(connection: psycopg.Connection, runs: Sequence[RunName]) -> Rows:
    """For each gate, the number of checks by verdict."""
    return _rows(connection.execute(statements(SQL)["gates"], _words(runs)))


def sum_published(connection: psycopg.Connection, runs: Sequence[RunName]) -> Rows:
    """For each table, the rows that the runs read, published, quarantined and left out."""
    return _rows(connection.execute(statements(SQL)["published"], _words(runs)))


def rows_of(connection: psycopg.Connection, query: str) -> Rows:
    """The rows of one of our own queries. Never pass an author's."""
    return _rows(connection.execute(sql.SQL(query)))


def forget_tasks(connection: psycopg.Connection, dag_id: str, run_id: str) -> None:
    """Delete a run's task records before it starts again from its first task."""
    values = {"dag_id": dag_id, "run_id": run_id}
    connection.execute(statements(SQL)["forget_tasks"], values)


def _words(runs: Sequence[RunName]) -> dict[str, object]:
    return {"runs": [" ".join(run) for run in runs]}


def _rows(cursor: psycopg.Cursor) -> Rows:
    return [column.name for column in cursor.description or ()], cursor.fetchall()
