"""What a spec says of the sync that Airbyte makes before its table is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from medallion.durations import TimeLimit, duration
from medallion.model import SpecModel
from medallion.sources.base.sync import SyncRequest

CONNECTION_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class AirbyteSync(SpecModel):
    """A sync that a run asks Airbyte for, and waits for, before it reads: of one connection of
    Airbyte's once a run, however many of its tables are read."""

    airbyte_conn_id: str = "airbyte_default"
    """The Airflow connection of Airbyte itself, of the type `airbyte`."""
    connection_id: Annotated[str, Field(pattern=CONNECTION_ID)]
    """The connection that is synced, by the id that Airbyte's page of it has in its address."""
    timeout: TimeLimit = "1h"
    """How long a try waits: 30m, 6h. The sync runs on after that, and the next try waits for it."""

    def to_request(self) -> SyncRequest:
        """What is asked for."""
        return SyncRequest(
            tool="airbyte",
            conn_id=self.airbyte_conn_id,
            connection_id=self.connection_id,
            timeout=duration(self.timeout),
        )
