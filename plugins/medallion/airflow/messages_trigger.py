"""Waiting for messages without a slot: the first task of a continuous pipeline.

The trigger knows the names of tables and what their specs say of the sources. That is what
Airflow's database holds of it: connections are asked for when it runs, and offsets are the
warehouse's. So a triggerer that takes over from one that was killed begins where that one began.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TaskSuccessEvent

from medallion.errors import MedallionError
from medallion.names import Layer, PublishedTable

if TYPE_CHECKING:
    from medallion.plan.model import LandStep
    from medallion.sources.base.stream import StreamWatch

WAIT = "wait_for_messages"
"""The task's id."""
LOOK_EVERY_SECONDS = 0.1
LOOK_ONCE_SECONDS = 1.0
"""How long a task looks before the triggerer takes over."""
PAUSE_SECONDS = 60.0
"""Between a run that has failed and the next."""
SCHEDULED = "scheduled__"
"""How Airflow begins the ids of runs that a schedule started."""

log = logging.getLogger("medallion")


class WaitOperator(BaseOperator):
    """Waits until one of the pipeline's streams has a message. It looks once: of a busy stream
    there is one. Where there is none, it waits in the triggerer, which also ends it."""

    ui_color = "#f3e3d3"

    def __init__(self, *, streams: Sequence[LandStep], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.streams = tuple(streams)

    def trigger(self) -> MessagesTrigger:
        """What waits in its place."""
        said = [
            {"domain": step.table.domain, "table": step.table.name,
             "source": step.source.model_dump(mode="json")}
            for step in self.streams
        ]  # fmt: skip
        return MessagesTrigger(dag_id=self.dag_id, streams=said)

    def execute(self, context: Mapping[str, Any]) -> None:
        """Look, and end or wait. A run that somebody has started by hand does not wait."""
        run_id, trigger = context["ti"].run_id, self.trigger()
        if run_id.startswith(SCHEDULED) and not trigger.has_messages(run_id):
            self.defer(trigger=trigger, method_name="end")

    def end(self, context: Mapping[str, Any], event: object = None) -> None:
        """The triggerer ends the task itself: an Airflow that cannot calls this."""


class MessagesTrigger(BaseTrigger):
    """Ends when a stream has a message that is not published, or when it cannot be asked: then the
    run tries, and says what is wrong. Behind a run that has failed it waits for a minute first."""

    def __init__(self, dag_id: str, streams: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.dag_id = dag_id
        self.streams = streams

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What Airflow keeps of it."""
        kind = type(self)
        return f"{kind.__module__}.{kind.__qualname__}", {
            "dag_id": self.dag_id,
            "streams": list(self.streams),
        }

    def has_messages(self, run_id: str) -> bool:
        """Whether a run need not wait, looked at once."""
        until = time.monotonic() + LOOK_ONCE_SECONDS
        try:
            with ExitStack() as stack:
                if self._find_pause(run_id):
                    return False
                watches = self._open(stack)
                while watches and time.monotonic() < until:
                    if any(watch.look() for watch in watches.values()):
                        return True
                    time.sleep(LOOK_EVERY_SECONDS / 10)
                return not watches
        except MedallionError as error:
            log.warning("it cannot be asked; the run says more: %s", error)
            return True

    async def run(self) -> AsyncIterator[Any]:
        """Look at all streams, until one has a message."""
        instance = self.task_instance
        await self._wait(instance.run_id if instance is not None else "")
        yield TaskSuccessEvent()

    async def _wait(self, run_id: str) -> None:
        with ExitStack() as stack:
            try:
                if pause := await asyncio.to_thread(self._find_pause, run_id):
                    log.info("the run before has failed: this one waits for %.0f s first", pause)
                    await asyncio.sleep(pause)
                watches = await asyncio.to_thread(self._open, stack)
                while watches and not await self._look(watches):
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
            except MedallionError as error:
                log.warning("it cannot be asked; the run says more: %s", error)
            finally:
                await asyncio.shield(asyncio.to_thread(stack.close))

    async def _look(self, watches: Mapping[str, StreamWatch]) -> bool:
        for table, watch in watches.items():
            if await asyncio.to_thread(watch.look):
                log.info("there are messages for %s", table)
                return True
        return False

    def _find_pause(self, run_id: str) -> float:
        """How many seconds the run before asks for: what has just failed fails again at once, and
        its messages are still there."""
        from medallion.warehouse.registry.streams import find_failure_before
        from medallion.warehouse.session.transaction import session

        with session(_warehouse(), "looking at the run before") as connection:
            failed = find_failure_before(connection, self.dag_id, run_id)
        if failed is None:
            return 0.0
        return max(PAUSE_SECONDS - (datetime.now(UTC) - failed).total_seconds(), 0.0)

    def _open(self, stack: ExitStack) -> Mapping[str, StreamWatch]:
        """A watch of each stream; none where one was never read, so that the run reads it."""
        from medallion.airflow.connections import connection_details
        from medallion.sources.kinds import read_source
        from medallion.warehouse.registry.streams import find_offsets
        from medallion.warehouse.session.transaction import session

        sources = [(_table_of(one), read_source(one["source"])) for one in self.streams]
        with session(_warehouse(), "reading offsets") as connection:
            offsets = [
                find_offsets(connection, table, source.reads_stream()) for table, source in sources
            ]
        found: dict[str, StreamWatch] = {}
        for (table, source), read in zip(sources, offsets, strict=True):
            if not read:
                log.info("%s was never read", table.public)
                return {}
            watch = source.watch(connection_details, read, log)
            found[str(table.public)] = stack.enter_context(watch)
        return found


def _warehouse() -> str:
    from medallion.airflow.connections import warehouse_url
    from medallion.names import WAREHOUSE_CONN_ID

    return warehouse_url(WAREHOUSE_CONN_ID)


def _table_of(said: Mapping[str, Any]) -> PublishedTable:
    return PublishedTable(layer=Layer.SILVER, domain=said["domain"], name=said["table"])
