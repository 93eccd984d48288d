"""Waiting for messages: what the triggerer does between two runs of a continuous pipeline.

It reads from the offsets of the last publication, and the first message that comes ends the wait.
It asks for no mark of the topic: those are not always true. What it has read is thrown away; the
run reads it again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from medallion.sources.base.source import ConnectionDetails
from medallion.sources.base.stream import Offsets
from medallion.sources.kafka.client import PartitionEnd, Topic, open_topic

ASK_AGAIN_SECONDS = 30.0
"""For partitions that were added."""
SMALL: Mapping[str, object] = {"max.partition.fetch.bytes": 65536}
"""What one who only wants to know whether there is a message asks for."""


class TopicWatch:
    """Looks whether a topic has messages that no publication has."""

    def __init__(self, topic: Topic, offsets: Offsets) -> None:
        self._topic = topic
        self._offsets = dict(offsets)
        self._asked = time.monotonic()
        self._begin()

    def _begin(self) -> None:
        """A partition that nobody knew begins at its first message."""
        for number in self._topic.list_partitions():
            if number not in self._offsets:
                low, _ = self._topic.ask_marks(number)
                self._offsets[number] = low
        self._topic.begin(self._offsets)

    def look(self) -> bool:
        """Whether one has come, at once. So it says, too, of a place that the topic no longer has:
        the run says what is wrong with it."""
        return any(not isinstance(one, PartitionEnd) for one in self._topic.read(wait=0.0))

    @property
    def wants_to_ask(self) -> bool:
        """Whether the partitions were asked for long enough ago."""
        return time.monotonic() - self._asked > ASK_AGAIN_SECONDS

    def ask(self) -> None:
        """Watch the partitions that were added since."""
        self._asked = time.monotonic()
        if set(self._topic.list_partitions()) - set(self._offsets):
            self._begin()


@contextmanager
def watch_topic(
    details: ConnectionDetails, topic: str, offsets: Offsets, log: logging.Logger
) -> Iterator[TopicWatch]:
    """A watch, closed at the end.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: the brokers do not answer, or refuse.
    """
    small = replace(details, extra={**details.extra, **SMALL})
    with open_topic(small, topic, log) as found:
        yield TopicWatch(found, offsets)
