"""Waiting for messages of a real broker."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from tests.kafka_broker import Broker

from medallion.sources.base.stream import Offsets, StreamWatch
from medallion.sources.kafka import watch
from medallion.sources.kafka.client import Topic
from medallion.sources.kafka.source import KafkaSource

PATIENCE_SECONDS = 240.0


def watching(broker: Broker, topic: str, offsets: Offsets) -> AbstractContextManager[StreamWatch]:
    source = KafkaSource(type="kafka", conn_id="broker", topic=topic)
    return source.watch(lambda _: broker.connection(), offsets, logging.getLogger("test"))


def comes(found: StreamWatch) -> bool:
    """Whether a message comes within the tests' patience."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if found.wants_to_ask:
            found.ask()
        if found.look():
            return True
        time.sleep(0.05)
    return False


def stays_idle(found: StreamWatch) -> bool:
    """Whether it sees nothing for so long that it would have seen what is there."""
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        if found.look():
            return False
        time.sleep(0.05)
    return True


def test_what_is_published_wakes_nobody_and_the_next_message_does(kafka_broker: Broker) -> None:
    topic = kafka_broker.make_topic(2)
    kafka_broker.write(topic, [{"value": b"{}", "partition": 0}] * 3)
    with watching(kafka_broker, topic, {0: 3, 1: 0}) as found:
        assert stays_idle(found)
        kafka_broker.write(topic, [{"value": b"{}", "partition": 1}])
        assert comes(found)


def test_what_came_while_nobody_looked_wakes(kafka_broker: Broker) -> None:
    topic = kafka_broker.make_topic()
    kafka_broker.write(topic, [{"value": b"{}", "partition": 0}] * 20)
    with watching(kafka_broker, topic, {0: 19}) as found:
        assert comes(found)


@contextmanager
def closing_watch(opened: AbstractContextManager[StreamWatch]) -> Iterator[None]:
    try:
        yield
    finally:
        opened.__exit__(None, None, None)


def test_a_partition_that_is_added_while_it_waits_is_watched(
    kafka_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker of the tests adds none: it shows the second one later."""
    topic = kafka_broker.make_topic(2)
    monkeypatch.setattr(watch, "ASK_AGAIN_SECONDS", 0.1)
    with monkeypatch.context() as at_first:
        at_first.setattr(Topic, "list_partitions", lambda _: [0])
        opened = watching(kafka_broker, topic, {0: 0})
        found = opened.__enter__()
    with closing_watch(opened):
        kafka_broker.write(topic, [{"value": b"{}", "partition": 1}])
        assert comes(found)


def test_a_place_that_the_topic_has_not_wakes_the_run_that_says_so(kafka_broker: Broker) -> None:
    topic = kafka_broker.make_topic(2)
    kafka_broker.write(topic, [{"value": b"{}", "partition": 1}])
    with watching(kafka_broker, topic, {0: 0}) as found:
        assert comes(found), "a partition of which no publication knows"
