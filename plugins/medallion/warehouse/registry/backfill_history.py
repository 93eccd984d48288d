"""What the registry knows that helps to estimate a backfill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

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


def published_intervals(connection: psycopg.Connection, dag_id: str) -> Mapping[datetime, int]:
    """How many tables a DAG has published, by the interval's end."""
    rows = connection.execute(statements(SQL)["published_intervals"], {"dag_id": dag_id}).fetchall()
    return dict(rows)
