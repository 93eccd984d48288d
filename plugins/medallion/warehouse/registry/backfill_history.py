"""What the registry knows that helps to estimate a backfill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from medallion.warehouse.session.statements import statements

SQL = "registry/backfill_history.sql"
LATEST = 20
BACKFILL = "backfill__"
"""What Airflow begins the ids of a backfill's runs with."""


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

    start: datetime
    """Of its data interval."""
    began_at: datetime
    ended_at: datetime
    """When the last of its tasks so far ended."""
    succeeded: int
    failed: int


def backfill_runs(connection: psycopg.Connection, dag_id: str) -> Sequence[RunSeen]:
    """The runs that Airflow's backfills have made of a DAG, and of which a task has ended."""
    rows = connection.execute(
        statements(SQL)["runs"], {"dag_id": dag_id, "begins": BACKFILL}
    ).fetchall()
    return [
        RunSeen(start=start, began_at=began, ended_at=ended, succeeded=good, failed=bad)
        for run_id, began, ended, good, bad in rows
        if (start := _start_in(run_id))
    ]


def _start_in(run_id: str) -> datetime | None:
    """Airflow names a run of a backfill by the start of its interval."""
    try:
        start = datetime.fromisoformat(run_id.removeprefix(BACKFILL))
    except ValueError:
        return None
    return start if start.tzinfo else None


def run_seconds(connection: psycopg.Connection, dag_id: str) -> float | None:
    """How long the latest runs without a failed task took, on average; None: there were none."""
    row = connection.execute(
        statements(SQL)["run_seconds"], {"dag_id": dag_id, "latest": LATEST}
    ).fetchone()
    return float(row[0]) if row and row[0] is not None else None


def published_intervals(connection: psycopg.Connection, dag_id: str) -> Mapping[datetime, int]:
    """How many tables a DAG has published, by the interval's end."""
    rows = connection.execute(statements(SQL)["published_intervals"], {"dag_id": dag_id}).fetchall()
    return dict(rows)
