"""A load that another tool is asked for before the tables that it writes are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """One load of one connection between a source and a destination, as its tool knows them.

    Attributes:
        tool: by its word as a source type: `airbyte`.
        conn_id: the Airflow connection of the tool itself, not of the database.
        connection_id: what the tool calls its own connection.
        timeout: how long a task waits for the load.
    """

    tool: str
    conn_id: str
    connection_id: str
    timeout: timedelta
