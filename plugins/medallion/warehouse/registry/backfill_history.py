"""What the registry knows that helps to estimate a backfill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from medallion.warehouse.session.statements import statements

SQL = "registry/backfill_history.sql"
LATEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetHistory:
    """Of a dataset's latest landings: records and requests each, and their mean time in seconds."""

    records: tuple[int, ...]
    requests: tuple[int, ...]
    seconds: float


def history_of(connection: psycopg.Connection, dag_id: str, dataset: str) -> DatasetHistory:
    """The dataset's latest 20 landings; `requests` is empty for a source that makes none."""
    rows = connection.execute(
        statements(SQL)["latest_landings"],
        {"dag_id": dag_id, "dataset": dataset, "latest": LATEST},
    ).fetchall()
    took = [float(row[2]) for row in rows if row[2] is not None]
    return DatasetHistory(
        records=tuple(row[0] for row in rows),
        requests=tuple(row[1] for row in rows if row[1] is not None),
        seconds=sum(took) / len(took) if took else 0.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeen:
    """A run of a backfill, by what its tasks have recorded: how many of them ended well or not."""

    end: datetime
    """Of its data interval."""
    began_at: datetime
    ended_at: datetime
    """When the last of its tasks so far ended."""
    succeeded: int
    failed: int


def backfill_runs(connection: psycopg.Connection, dag_id: str) -> Sequence[RunSeen]:
    """The runs of a DAG that are of a backfill, and of which a task has ended."""
    rows = connection.execute(statements(SQL)["backfill_runs"], {"dag_id": dag_id}).fetchall()
    return [
        RunSeen(end=end, began_at=began, ended_at=ended, succeeded=good, failed=bad)
        for run_id, began, ended, good, bad in rows
        if (end := _end_in(run_id))
    ]


def _end_in(run_id: str) -> datetime | None:
    """Airflow names a run by the end of its interval: `backfill__2026-01-02T00:00:00+00:00`, or
    `scheduled__…` where a backfill runs it again."""
    try:
        end = datetime.fromisoformat(run_id.partition("__")[2])
    except ValueError:
        return None
    return end if end.tzinfo else None


def run_seconds(connection: psycopg.Connection, dag_id: str, tasks: int) -> float | None:
    """How long the latest runs took, on average, of which so many tasks have ended, all well;
    None: there were none."""
    row = connection.execute(
        statements(SQL)["run_seconds"], {"dag_id": dag_id, "tasks": tasks, "latest": LATEST}
    ).fetchone()
    return float(row[0]) if row and row[0] is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedInterval:
    """What a DAG has published of a data interval: how many tables, and rows of silver ones."""

    end: datetime
    tables: int
    rows: int


def read_published_intervals(
    connection: psycopg.Connection, dag_id: str
) -> Mapping[datetime, PublishedInterval]:
    """The intervals that a DAG has published something of, by their ends."""
    with connection.cursor(row_factory=class_row(PublishedInterval)) as cursor:
        sql = statements(SQL)["published_intervals"]
        return {one.end: one for one in cursor.execute(sql, {"dag_id": dag_id}).fetchall()}
