"""What is known of landings: their fields, and which are past their retention.

An old one is marked, deleted, confirmed, so that a kill loses nothing.

The row of medallion.loads stays: rows of silver go on pointing to it, and it says when its files
were deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from medallion.names import PublishedTable
from medallion.warehouse.registry.deletions import delete_of_load, record_deletion
from medallion.warehouse.registry.records import SQL
from medallion.warehouse.session.statements import statements
from medallion.warehouse.tables.sweep import STAGING_KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class OldLanding:
    """A landing whose time is over."""

    load_id: int
    uri: str
    records: int
    bytes: int
    extracted_at: datetime


def landings_to_delete(
    connection: psycopg.Connection, table: PublishedTable, age: timedelta
) -> list[OldLanding]:
    """Those older than the retention, and those whose deletion has begun before.

    A landing that was never published stays until a week after the last task of its run: the run
    may be going on, or somebody may go on from it.
    """
    words = {**_key(table), "age": age, "unfinished_kept": STAGING_KEPT}
    with connection.cursor(row_factory=class_row(OldLanding)) as cursor:
        return cursor.execute(statements(SQL)["landings_to_delete"], words).fetchall()


def mark(connection: psycopg.Connection, landing: OldLanding) -> bool:
    """Say that a landing is about to be deleted: no step reads it from now on.

    False: it has been landed again, or deleted, in the meantime.
    """
    words = {"load_id": landing.load_id, "uri": landing.uri}
    return connection.execute(statements(SQL)["mark_landing"], words).rowcount == 1


def confirm(
    connection: psycopg.Connection, table: PublishedTable, landing: OldLanding, reason: str
) -> int:
    """Say that its files are gone, and delete what is in quarantine from it; how many rows."""
    words = {"load_id": landing.load_id, "uri": landing.uri}
    if connection.execute(statements(SQL)["confirm_landing"], words).rowcount == 0:
        return 0
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
    """Keep the fields of a landing; a type is empty where the format has none."""
    values = {"load_id": load_id, "fields": Jsonb(dict(fields))}
    connection.execute(statements(SQL)["keep_fields"], values)


def last_published_fields(
    connection: psycopg.Connection, table: PublishedTable, load_id: int
) -> Mapping[str, str] | None:
    """Those of the landing that was published last, which is not this load; None: unknown."""
    values = {**_key(table), "layer": str(table.layer), "load_id": load_id}
    row = connection.execute(statements(SQL)["last_published_fields"], values).fetchone()
    return row[0] if row else None


def known_uris(connection: psycopg.Connection, table: PublishedTable) -> list[str]:
    """Every folder of a dataset that the registry points to."""
    rows = connection.execute(statements(SQL)["known_landings"], _key(table)).fetchall()
    return [row[0] for row in rows]


def _key(table: PublishedTable) -> dict[str, object]:
    return {"domain": table.domain, "dataset": table.name}
