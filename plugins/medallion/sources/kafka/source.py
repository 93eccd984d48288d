"""A topic of Kafka (also Azure Event Hubs, Redpanda …), in micro-batches, landed as JSON Lines."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from medallion.records import MESSAGES, RecordLayout
from medallion.sources.base.source import (
    ConnectionDetails,
    ExtractRequest,
    Landing,
    SourceModel,
    SourcePlace,
)
from medallion.sources.base.stream import Offsets, StreamRange, StreamWatch

if TYPE_CHECKING:
    from medallion.sources.kafka.messages import Spelling

MOST_MESSAGES = 1_000_000


class KafkaSource(SourceModel):
    """A topic of Kafka, read on from where the last publication ended."""

    type: Literal["kafka"]
    conn_id: str
    """The Airflow connection: `bootstrap.servers` and the rest of librdkafka's settings in its
    extra."""
    topic: str = Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")
    """The topic, exactly as the cluster names it; of Event Hubs, the name of the event hub."""
    start: Literal["earliest", "latest"] | datetime = "earliest"
    """Where the very first run begins: `earliest` has all messages that the topic still has,
    `latest` those from now on, 2026-01-31T00:00:00Z those since a time (in UTC without a zone)."""
    value_format: Literal["json", "text", "avro", "json_schema", "protobuf"] = "json"
    """What a value is: `json` an object, whose fields the columns read; `text` one text, which is
    read `from: _message.value`; `avro`, `json_schema` and `protobuf` an object whose schema
    `registry_conn_id` knows."""
    key_format: Literal["text", "json", "avro", "json_schema", "protobuf"] = "text"
    """What a key is: a `text`, read `from: _message.key`; or one of the others, whose fields are
    read `from: _message.key.id`."""
    registry_conn_id: str | None = Field(default=None, min_length=1)
    """The Airflow connection of the schema registry: its host, its login and password."""
    tombstones: Literal["keep", "ignore"] = "keep"
    """A message without a value, which says that its key is deleted: `keep` makes a record of it,
    with `_message.is_tombstone`; `ignore` leaves it out, and counts it."""
    on_gap: Literal["fail", "warn"] = "fail"
    """What to do where the topic no longer has messages that were not read yet: `fail`, or `warn`
    and continue with the first one that it has."""
    max_messages: int = Field(default=MOST_MESSAGES, ge=1, le=100_000_000)
    """How many messages a run reads, about; the rest is left to the next one."""

    def conn_ids(self) -> tuple[str, ...]:
        return (self.conn_id, *((self.registry_conn_id,) if self.registry_conn_id else ()))

    def list_registered_formats(self) -> tuple[str, ...]:
        """Those of its formats that a schema registry knows, by the keys that name them."""
        registered = ("avro", "json_schema", "protobuf")
        return tuple(
            key for key in ("value_format", "key_format") if getattr(self, key) in registered
        )

    def place(
        self, connection: Callable[[str], ConnectionDetails], project_root: Path
    ) -> SourcePlace:
        from medallion.sources.kafka.settings import servers_of

        return SourcePlace(
            namespace=f"kafka://{servers_of(connection(self.conn_id))}", name=self.topic
        )

    def reads_stream(self) -> str:
        return self.topic

    def watch(
        self,
        connection: Callable[[str], ConnectionDetails],
        offsets: Offsets,
        log: logging.Logger,
    ) -> AbstractContextManager[StreamWatch]:
        from medallion.sources.kafka.watch import watch_topic

        return watch_topic(connection(self.conn_id), self.topic, offsets, log)

    def preview(self, start: datetime, end: datetime) -> str:
        if start == end:
            return f"the topic {self.topic}"
        first, last = (moment.astimezone(UTC).isoformat() for moment in (start, end))
        return f"the topic {self.topic}, messages of {first} to before {last}"

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Land every message from where the last publication ended to where the topic ends now.

        Raises:
            SourceUnavailable: the brokers do not answer.
            SourceRefused: there is no such topic, or it lost messages that nobody has read.
            SetupError: the connection is wrong, or the package is missing.
        """
        from medallion.sources.kafka.bounds import find_shares, restart_shares
        from medallion.sources.kafka.client import ask_topic_id, open_topic
        from medallion.sources.kafka.landing import land_batch
        from medallion.sources.kafka.reading import Batch, hold_to_restart

        asked = request.stream or StreamRange()
        most = min(self.max_messages, request.first or self.max_messages)
        may_lose = self.on_gap == "warn"
        details = request.connection(self.conn_id)
        with open_topic(details, self.topic, request.log) as topic:
            shares = find_shares(topic, asked, first=self._first(), most=most, log=request.log)
            stream_id = ask_topic_id(details, self.topic, request.log)
            if asked.is_of_former(stream_id):
                hold_to_restart(self.topic, asked, request.log, may_lose=may_lose)
                asked = replace(asked, covered={})
                shares = restart_shares(
                    topic, asked, first=self._first(), most=most, log=request.log
                )
            batch = Batch(topic, shares, request.log, asked=asked, may_lose=may_lose)
            with self._spell(request) as spelling:
                land_batch(self, batch, landing, request, spelling, stream_id)
        return RecordLayout(format="jsonl", compression="gzip", own=((MESSAGES, "kafka"),))

    @contextmanager
    def _spell(self, request: ExtractRequest) -> Iterator[Spelling]:
        """How keys and values are read: with a client of the schema registry, where one is."""
        from medallion.sources.kafka.messages import Spelling

        forms = {str(getattr(self, key)) for key in self.list_registered_formats()}
        words: dict[str, Any] = {"key_format": self.key_format, "value_format": self.value_format}
        if not forms:
            yield Spelling(**words)
            return
        from medallion.sources.kafka.values.decoders import Decoders
        from medallion.sources.kafka.values.registry import open_registry

        details = request.connection(self.registry_conn_id or "")
        with open_registry(details, request, request.log) as registry:
            yield Spelling(**words, decoders={form: Decoders(registry, form) for form in forms})

    def _first(self) -> str | datetime:
        if isinstance(self.start, datetime) and self.start.tzinfo is None:
            return self.start.replace(tzinfo=UTC)
        return self.start
