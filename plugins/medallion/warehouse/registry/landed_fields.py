"""Which fields a landing has, and of which type: kept with its load."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg.types.json import Jsonb

from medallion.names import PublishedTable
from medallion.warehouse.quarantine.runs import key_of
from medallion.warehouse.session.statements import statements

SQL = "registry/landed_fields.sql"


def keep_fields(connection: psycopg.Connection, load_id: int, fields: Mapping[str, str]) -> None:
    """Keep the fields of a landing; a type is empty where the format has none."""
    values = {"load_id": load_id, "fields": Jsonb(dict(fields))}
    connection.execute(statements(SQL)["keep_fields"], values)


def last_published_fields(
    connection: psycopg.Connection, table: PublishedTable, load_id: int
) -> Mapping[str, str] | None:
    """Those of the landing that was published last, which is not this load; None: unknown."""
    values = {**key_of(table), "load_id": load_id}
    row = connection.execute(statements(SQL)["last_published"], values).fetchone()
    return row[0] if row else None
