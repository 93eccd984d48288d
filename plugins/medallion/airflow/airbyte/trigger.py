"""Waiting for a job of Airbyte's without a slot."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from medallion.airflow.trigger_threads import ask
from medallion.errors import MedallionError

LOOK_EVERY_SECONDS = 10.0

log = logging.getLogger("medallion")


class SyncTrigger(BaseTrigger):
    """Fires when a job has ended, or has not by a moment (seconds since 1970). How it ended, the
    task asks for itself. An answer that does not come ends nothing: it is asked for again."""

    def __init__(self, conn_id: str, job_id: int, until: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.conn_id = conn_id
        self.job_id = job_id
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What Airflow keeps of it."""
        kind = type(self)
        words = {"conn_id": self.conn_id, "job_id": self.job_id, "until": self.until}
        return f"{kind.__module__}.{kind.__qualname__}", words

    async def run(self) -> AsyncIterator[Any]:
        """Look, until there is nothing to wait for."""
        while time.time() < self.until and await self._is_going_on():
            await asyncio.sleep(min(LOOK_EVERY_SECONDS, max(self.until - time.time(), 0.0)))
        known = {"job_id": self.job_id, "until": self.until}
        yield TriggerEvent(known)  # type: ignore[no-untyped-call]

    async def _is_going_on(self) -> bool:
        try:
            return await ask(self.conn_id, partial(_look, self.conn_id, self.job_id))
        except MedallionError as error:
            if error.retryable:
                log.warning("job %d is asked for again: %s", self.job_id, error.problem)
            return error.retryable


def _look(conn_id: str, job_id: int) -> bool:
    from medallion.airflow.airbyte.api import Airbyte
    from medallion.airflow.connections import connection_details

    return Airbyte(connection_details(conn_id)).find_job(job_id).is_going_on
