"""Incidents: what is wrong from when it is first seen until it is over; of one key one is open.

Whoever sees it writes it, in the transaction of what it did; messages about it are sent elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row, dict_row

from medallion.spec.models.alerts import AlertEvent
from medallion.warehouse.session.statements import statements

SQL = "registry/incidents.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """What somebody has seen. Texts hold no secret, and no value of a column that may be personal.

    `key` tells whether it is the same as one that is open: `stale:gold_shop.days`.
    """

    key: str
    event: AlertEvent
    domain: str
    dag_id: str
    problem: str
    """In a line, without the table's name."""
    details: str = ""
    run_id: str | None = None
    table: str | None = None
    """`gold_shop.days`."""
    is_passing: bool = False
    """It has happened, and nothing of it lasts: nobody waits for its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(NewIncident):
    """One that the registry has. Times in UTC."""

    incident_id: int
    opened_at: datetime
    last_seen_at: datetime
    times_seen: int
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """The runs of a pipeline's backfill of which tasks have ended, and when the last one did."""

    dag_id: str
    run_ids: tuple[str, ...]
    ended_at: datetime


def open_incident(connection: psycopg.Connection, new: NewIncident) -> None:
    """Open it; where one of its key is open, that was seen again. One that only happened is written
    once for its key."""
    sql = statements(SQL)
    if new.is_passing:
        known = connection.execute(sql["happened"], {"key": new.key}).fetchone()
        if known and known[0]:
            return
    connection.execute(sql["open"], {**asdict(new), "event": str(new.event)})


def close_incidents(connection: psycopg.Connection, keys: Sequence[str]) -> None:
    """Say that these are over, as far as they are open."""
    if keys:
        connection.execute(statements(SQL)["close"], {"keys": list(keys)})


def close_others(connection: psycopg.Connection, event: AlertEvent, keys: Sequence[str]) -> None:
    """Say that all of an event are over but those of the keys."""
    parameters = {"event": str(event), "keys": list(keys)}
    connection.execute(statements(SQL)["close_others"], parameters)


def drop_pipelines(connection: psycopg.Connection, dag_ids: Sequence[str]) -> None:
    """Close what is open of pipelines that are gone, without a message."""
    connection.execute(statements(SQL)["drop_pipelines"], {"dag_ids": list(dag_ids)})


def is_explained(connection: psycopg.Connection, dag_id: str, run_id: str) -> bool:
    """Whether an open incident says already why this run has failed: its gate, its quarantine."""
    parameters = {"dag_id": dag_id, "run_id": run_id}
    row = connection.execute(statements(SQL)["explained"], parameters).fetchone()
    return bool(row and row[0])


def open_incidents(connection: psycopg.Connection) -> Sequence[Incident]:
    """Those that are not over, the oldest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements(SQL)["open_incidents"]).fetchall()
    return [Incident(**{**row, "event": AlertEvent(row["event"])}) for row in rows]


def list_failed_tasks(
    connection: psycopg.Connection, dag_id: str, run_id: str
) -> Sequence[tuple[str, str]]:
    """Each task of a run that has failed, with its error's first words. One that was killed has
    written none, and is not among them."""
    parameters = {"dag_id": dag_id, "run_id": run_id}
    return connection.execute(statements(SQL)["failed_tasks"], parameters).fetchall()


def runs_since(connection: psycopg.Connection, failed: Incident) -> Sequence[str]:
    """The run of an incident, and those of its pipeline of which a task has ended since."""
    parameters = {
        "dag_id": failed.dag_id,
        "run_id": failed.run_id,
        "since": failed.last_seen_at,
    }
    rows = connection.execute(statements(SQL)["later_runs"], parameters).fetchall()
    return [run_id for (run_id,) in rows if run_id]


def list_unreported_backfills(connection: psycopg.Connection) -> Iterator[Backfill]:
    """Backfills of the last days of which tasks have ended since the last report, done or not."""
    with connection.cursor(row_factory=class_row(Backfill)) as cursor:
        yield from cursor.execute(statements(SQL)["backfills"]).fetchall()
