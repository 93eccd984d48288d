"""Waiting for messages without a slot: the first task of a continuous pipeline.

The trigger knows the names of tables and what their specs say of the sources. That is what
Airflow's database holds of it: connections are asked for when it runs, and offsets are the
warehouse's. So a triggerer that takes over from one that was killed begins where that one began.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TaskSuccessEvent

from medallion.airflow.trigger_threads import ask, call, threads_of
from medallion.errors import MedallionError
from medallion.names import WAREHOUSE_CONN_ID, Layer, PublishedTable

if TYPE_CHECKING:
    from medallion.plan.model import LandStep
    from medallion.sources.base.source import SourceModel
    from medallion.sources.base.stream import Offsets, StreamWatch

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
        watches: dict[str, Watched] = {}
        closing: list[Callable[[], object]] = []
        try:
            if pause := await ask(WAREHOUSE_CONN_ID, partial(self._find_pause, run_id)):
                log.info("the run before has failed: this one waits for %.0f s first", pause)
                await asyncio.sleep(pause)
            for stream in await ask(WAREHOUSE_CONN_ID, self._read_offsets):
                if not stream.offsets:
                    log.info("%s was never read", stream.table)
                    return
                stack = ExitStack()
                # On the thread that opens it: so it is closed after that, whatever ends the wait.
                closing.append(partial(threads_of(stream.conn_id).submit, stack.close))
                watch = await ask(stream.conn_id, partial(stream.open, stack))
                watches[stream.table] = Watched(stream.conn_id, watch)
            while watches and not await self._look(watches):
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        except MedallionError as error:
            log.warning("it cannot be asked; the run says more: %s", error)
        finally:
            for close in closing:
                close()

    async def _look(self, watches: Mapping[str, Watched]) -> bool:
        for table, (conn_id, watch) in watches.items():
            if watch.wants_to_ask:
                await ask(conn_id, watch.ask)
            if await call(watch.look):
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

    def _read_offsets(self) -> list[Stream]:
        """The streams, with how far each was read."""
        from medallion.sources.kinds import read_source
        from medallion.warehouse.registry.streams import find_offsets
        from medallion.warehouse.session.transaction import session

        found: list[Stream] = []
        with session(_warehouse(), "reading offsets") as connection:
            for one in self.streams:
                table, source = _table_of(one), read_source(one["source"])
                offsets = find_offsets(connection, table, source.reads_stream())
                found.append(Stream(str(table.public), source, offsets))
        return found

    def _open(self, stack: ExitStack) -> Mapping[str, StreamWatch]:
        """A watch of each stream; none where one was never read, so that the run reads it."""
        streams = self._read_offsets()
        if not all(stream.offsets for stream in streams):
            return {}
        return {stream.table: stream.open(stack) for stream in streams}


class Watched(NamedTuple):
    """A watch, and the connection whose server it asks."""

    conn_id: str
    watch: StreamWatch


class Stream(NamedTuple):
    """A stream of a pipeline: the table that it feeds, and how far that has read it."""

    table: str
    source: SourceModel
    offsets: Offsets

    @property
    def conn_id(self) -> str:
        """The connection whose servers it asks."""
        return next(iter(self.source.conn_ids()), self.table)

    def open(self, stack: ExitStack) -> StreamWatch:
        """A watch of it, which the stack closes."""
        from medallion.airflow.connections import connection_details

        return stack.enter_context(self.source.watch(connection_details, self.offsets, log))


def _warehouse() -> str:
    from medallion.airflow.connections import warehouse_url

    return warehouse_url(WAREHOUSE_CONN_ID)


def _table_of(said: Mapping[str, Any]) -> PublishedTable:
    return PublishedTable(layer=Layer.SILVER, domain=said["domain"], name=said["table"])
