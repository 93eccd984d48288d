"""Which key the hashes of a silver table were made with: its id, which says nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from medallion.names import PublishedTable
from medallion.warehouse.session.statements import statements

SQL = "registry/hash_keys.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """The key of a table's hashes, and since when they are of it, in UTC."""

    id: str
    since: datetime


def read_key(connection: psycopg.Connection, table: PublishedTable) -> KnownKey | None:
    """None: nothing was cleaned since Medallion notes it."""
    row = connection.execute(statements(SQL)["read"], table.key()).fetchone()
    return KnownKey(id=row[0], since=row[1]) if row else None


def keep_first_key(connection: psycopg.Connection, table: PublishedTable, key_id: str) -> str:
    """Note the key of a table that has none yet; the id that is noted."""
    connection.execute(statements(SQL)["keep_first"], {**table.key(), "key_id": key_id})
    known = read_key(connection, table)
    assert known is not None  # noqa: S101  # it was inserted, or was there
    return known.id


def change_key(connection: psycopg.Connection, table: PublishedTable, key_id: str) -> None:
    """Note that the rows have hashes of another key from now on."""
    connection.execute(statements(SQL)["change"], {**table.key(), "key_id": key_id})
