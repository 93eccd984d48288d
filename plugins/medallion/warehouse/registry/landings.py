"""What the registry knows about landings: their fields, and which are past their retention.

A deletion has three steps, each committed: mark the row, delete the files, confirm. A process that
is killed between two of them leaves a marked row, and the next maintenance continues from it. The
row of medallion.loads stays: silver rows keep their `_load_id`, and it says when the files were
deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from medallion.names import PublishedTable
from medallion.warehouse.registry.deletions import delete_of_load, record_deletion
from medallion.warehouse.registry.figures import keep_lake_bytes
from medallion.warehouse.registry.records import SQL
from medallion.warehouse.session.statements import statements
from medallion.warehouse.tables.sweep import STAGING_KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class OldLanding:
    """A landing past its retention, or one whose deletion was interrupted."""

    load_id: int
    uri: str
    records: int
    bytes: int
    extracted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLanding:
    """A landing whose files are there. `is_published`: the last publication was made of it."""

    uri: str
    run_id: str
    interval_start: datetime
    interval_end: datetime
    extracted_at: datetime
    is_published: bool


def landing_behind(connection: psycopg.Connection, table: PublishedTable) -> KeptLanding | None:
    """The landing that readers' rows were made of last; else the newest one that is kept. None:
    there is none."""
    with connection.cursor(row_factory=class_row(KeptLanding)) as cursor:
        return cursor.execute(statements(SQL)["landing_behind"], _key(table)).fetchone()


def landings_to_delete(
    connection: psycopg.Connection, table: PublishedTable, age: timedelta
) -> list[OldLanding]:
    """Landings older than `age`, and those whose deletion was interrupted.

    A landing that was never published stays until a week after the last task of its run: the run
    may still be running, or somebody may clear its tasks.
    """
    words = {**_key(table), "age": age, "unfinished_kept": STAGING_KEPT}
    with connection.cursor(row_factory=class_row(OldLanding)) as cursor:
        return cursor.execute(statements(SQL)["landings_to_delete"], words).fetchall()


def mark(connection: psycopg.Connection, landing: OldLanding) -> bool:
    """Mark a landing as about to be deleted: from now on no step reads it. False: it was landed
    again or deleted in the meantime, and must not be touched."""
    words = {"load_id": landing.load_id, "uri": landing.uri}
    return connection.execute(statements(SQL)["mark_landing"], words).rowcount == 1


def confirm(
    connection: psycopg.Connection, table: PublishedTable, landing: OldLanding, reason: str
) -> int:
    """Record that its files are gone and delete its quarantined rows; how many rows. 0 also if
    another process confirmed it first."""
    words = {"load_id": landing.load_id, "uri": landing.uri}
    if connection.execute(statements(SQL)["confirm_landing"], words).rowcount == 0:
        return 0
    keep_lake_bytes(connection, landing.load_id)
    record_deletion(
        connection,
        "landing",
        table,
        reason,
        rows=landing.records,
        bytes=landing.bytes,
        oldest=landing.extracted_at,
        newest=landing.extracted_at,
        place=landing.uri,
    )
    return delete_of_load(connection, table, landing.load_id, f"its landing: {reason}").rows


def keep_fields(connection: psycopg.Connection, load_id: int, fields: Mapping[str, str]) -> None:
    """Record a landing's fields by name; the type is empty if the format has no types."""
    values = {"load_id": load_id, "fields": Jsonb(dict(fields))}
    connection.execute(statements(SQL)["keep_fields"], values)


def last_published_fields(
    connection: psycopg.Connection, table: PublishedTable, load_id: int
) -> Mapping[str, str] | None:
    """The fields of the latest published landing other than this load; None: there is none, or they
    were not recorded."""
    values = {**_key(table), "layer": str(table.layer), "load_id": load_id}
    row = connection.execute(statements(SQL)["last_published_fields"], values).fetchone()
    return row[0] if row else None


def last_published_looks(
    connection: psycopg.Connection, table: PublishedTable, load_id: int
) -> Mapping[str, Any] | None:
    """What the columns of the latest published landing other than this load looked like; None:
    there is none, or its files name their columns."""
    values = {**_key(table), "layer": str(table.layer), "load_id": load_id}
    row = connection.execute(statements(SQL)["last_published_looks"], values).fetchone()
    return row[0] if row else None


def list_known_uris(connection: psycopg.Connection, table: PublishedTable) -> list[str]:
    """Every landing folder of a dataset that the registry refers to: other folders are
    leftovers."""
    rows = connection.execute(statements(SQL)["known_landings"], _key(table)).fetchall()
    return [row[0] for row in rows]


def _key(table: PublishedTable) -> dict[str, object]:
    return {"domain": table.domain, "dataset": table.name}
