"""Batches of a real broker, and of librdkafka's mock cluster, which loses messages on demand."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from tests.kafka_broker import Broker
from tests.sources.conftest import Extract, Landed

from medallion.errors import SetupError, SourceRefused, SourceUnavailable
from medallion.sources.base.source import ConnectionDetails
from medallion.sources.base.stream import StreamRange
from medallion.sources.kafka import client, reading
from medallion.sources.kafka.settings import OWN
from medallion.sources.kafka.source import KafkaSource

MOCK_KEEPS = 5 * 1024 * 1024
"""Bytes of a partition that the mock cluster keeps."""


def source_of(topic: str, **more: Any) -> KafkaSource:
    return KafkaSource.model_validate(
        {"type": "kafka", "conn_id": "broker", "topic": topic, **more}
    )


def ids(landed: Landed) -> list[int]:
    return [record["id"] for record in landed.records()]


def reads(landed: Landed) -> dict[int, tuple[int, int]]:
    """By partition, from where to where."""
    note: Any = landed.manifest.notes["offsets"]
    return {one["partition"]: (one["begin"], one["end"]) for one in note["partitions"]}


def write(broker: Broker, topic: str, numbers: range, partition: int = 0) -> None:
    values = [{"value": b'{"id": %d}' % at, "partition": partition} for at in numbers]
    broker.write(topic, values)


@pytest.fixture
def mock_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A cluster in this process, whose topics begin to be when somebody writes to them. It has no
    controller, which is asked for the ids of topics: so they stay unknown."""
    monkeypatch.setattr(client, "ID_SECONDS", 0.2)
    owner = Producer({"bootstrap.servers": "", "test.mock.num.brokers": 1, "log_level": 0})
    (server,) = owner.list_topics(timeout=240).brokers.values()
    yield Broker(servers=f"{server.host}:{server.port}")
    owner.flush(1)


def test_partitions_follow_each_other_in_their_order(
    kafka_broker: Broker, extract: Extract
) -> None:
    topic = kafka_broker.make_topic(3)
    for at in range(30):
        write(kafka_broker, topic, range(at, at + 1), at % 2)
    landed = extract(source_of(topic), connection=kafka_broker.connection())
    assert ids(landed) == [*range(0, 30, 2), *range(1, 30, 2)]
    assert reads(landed) == {0: (0, 15), 1: (0, 15), 2: (0, 0)}


def test_a_run_reads_on_and_a_new_partition_is_read_whole(
    kafka_broker: Broker, extract: Extract
) -> None:
    topic = kafka_broker.make_topic(2)
    write(kafka_broker, topic, range(5), 0)
    write(kafka_broker, topic, range(5, 7), 1)
    landed = extract(
        source_of(topic, start="latest"),
        connection=kafka_broker.connection(),
        stream=StreamRange(begins={0: 3}),
    )
    assert (ids(landed), reads(landed)) == ([3, 4, 5, 6], {0: (3, 5), 1: (0, 2)})


def test_a_run_done_again_goes_no_further_than_before(
    kafka_broker: Broker, extract: Extract
) -> None:
    topic = kafka_broker.make_topic(2)
    write(kafka_broker, topic, range(9))
    again = StreamRange(begins={0: 2, 1: 0}, ends={0: 5, 1: 0})
    landed = extract(source_of(topic), connection=kafka_broker.connection(), stream=again)
    assert (ids(landed), reads(landed)) == ([2, 3, 4], {0: (2, 5), 1: (0, 0)})


def test_a_batch_has_no_more_than_max_messages(mock_cluster: Broker, extract: Extract) -> None:
    write(mock_cluster, "busy", range(40), 0)
    write(mock_cluster, "busy", range(40, 50), 1)
    source = source_of("busy", max_messages=10)
    first = extract(source, connection=mock_cluster.connection())
    assert reads(first) == {0: (0, 8), 1: (0, 2), 2: (0, 0), 3: (0, 0)}
    rest = StreamRange(begins={0: 8, 1: 2, 2: 0, 3: 0})
    second = extract(source, connection=mock_cluster.connection(), stream=rest)
    assert reads(second)[0] == (8, 16)


def test_the_first_run_may_begin_at_the_end(mock_cluster: Broker, extract: Extract) -> None:
    write(mock_cluster, "late", range(3))
    latest = extract(source_of("late", start="latest"), connection=mock_cluster.connection())
    assert (ids(latest), reads(latest)[0]) == ([], (3, 3))


def test_a_backfill_reads_the_messages_of_its_interval(
    kafka_broker: Broker, extract: Extract
) -> None:
    topic = kafka_broker.make_topic()
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for hour in (-2, 1, -1, 2, 0):  # times need not grow
        kafka_broker.write(topic, [_at(noon, hour)])
    between = (noon.replace(hour=11), noon.replace(hour=13))
    landed = extract(
        source_of(topic),
        connection=kafka_broker.connection(),
        stream=StreamRange(between=between),
    )
    assert ids(landed) == [-1, 0]
    note: Any = landed.manifest.notes["offsets"]
    assert note["bounded"] is True
    assert note["partitions"][0]["last"] == 4
    # What a run of the interval has read comes with it.
    more = extract(
        source_of(topic),
        connection=kafka_broker.connection(),
        stream=StreamRange(between=between, covered={0: [(1, 3)]}),
    )
    assert ids(more) == [1, -1, 0]


def _at(noon: datetime, hour: int) -> dict[str, Any]:
    moment = noon.replace(hour=noon.hour + hour)
    return {
        "value": json.dumps({"id": hour}).encode(),
        "timestamp": int(moment.timestamp() * 1000),
        "partition": 0,
    }


def test_messages_that_went_before_they_were_read_are_counted(
    mock_cluster: Broker, extract: Extract, caplog: pytest.LogCaptureFixture
) -> None:
    details, seen = mock_cluster.connection(), StreamRange(begins={0: 2, 1: 0, 2: 0, 3: 0})
    body = b'{"id": 1, "text": "%s"}' % (b"x" * 100_000)
    mock_cluster.write("short", [{"value": body, "partition": 0}] * 80)
    lost = r"was read up to 2, and begins at (\d+): up to \d+ messages went before they were read"
    with pytest.raises(SourceRefused, match=lost) as refused:
        extract(source_of("short"), connection=details, stream=seen)
    assert "on_gap: warn" in refused.value.remedy
    landed = extract(source_of("short", on_gap="warn"), connection=details, stream=seen)
    note: Any = landed.manifest.notes["offsets"]
    first = note["partitions"][0]
    assert first["begin"] == 2 + first["lost"] > 20
    assert (first["end"], first["records"]) == (80, 80 - first["begin"])
    assert f"up to {first['lost']} messages went" in caplog.text
    again = StreamRange(begins={0: 2}, ends={0: 5})
    with pytest.raises(SourceRefused, match="this run would lack messages"):
        extract(source_of("short", on_gap="warn"), connection=details, stream=again)


def test_a_topic_that_was_made_again_is_read_from_its_beginning(
    mock_cluster: Broker, extract: Extract
) -> None:
    write(mock_cluster, "again", range(4))
    seen = StreamRange(begins={0: 90, 1: 0, 2: 0, 3: 0})
    with pytest.raises(SourceRefused, match="ends at 4: the topic was made again, or cut"):
        extract(source_of("again"), connection=mock_cluster.connection(), stream=seen)
    landed = extract(
        source_of("again", on_gap="warn"), connection=mock_cluster.connection(), stream=seen
    )
    note: Any = landed.manifest.notes["offsets"]
    assert ids(landed) == [0, 1, 2, 3]
    assert [one["restarted"] for one in note["partitions"]] == [True, False, False, False]


def test_others_of_its_group_take_no_partition_away(
    kafka_broker: Broker, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the batch another consumer joins a group of the same name, and leaves: the
    group hands out its partitions, and none of these are the batch's."""
    topic = kafka_broker.make_topic(2)
    for partition in (0, 1):
        write(kafka_broker, topic, range(partition * 30, partition * 30 + 30), partition)
    monkeypatch.setattr(client, "AT_ONCE", 10)
    real, joined = client.Topic.read, []

    def read(found: client.Topic, wait: float = client.WAIT_SECONDS) -> Iterator[Any]:
        yield from real(found, wait)
        if not joined:
            joined.append(join(kafka_broker, topic))

    monkeypatch.setattr(client.Topic, "read", read)
    landed = extract(source_of(topic), connection=kafka_broker.connection())
    assert joined == [[0, 1]], "the other consumer had all partitions"
    assert sorted(ids(landed)) == list(range(60))
    assert reads(landed) == {0: (0, 30), 1: (0, 30)}


def join(broker: Broker, topic: str) -> list[int]:
    """Join the group that a batch's client names, and leave; the partitions that one had."""
    # The broker of the tests hands partitions out after half of the session's time.
    settings = {**OWN, "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "log_level": 0}
    other = Consumer({"bootstrap.servers": broker.servers, **settings})
    other.subscribe([topic])
    until = time.monotonic() + 240
    while not other.assignment() and time.monotonic() < until:
        other.poll(0.1)
    had = sorted(one.partition for one in other.assignment())
    other.close()
    return had


def test_a_broker_that_says_a_wrong_end_is_not_believed(
    kafka_broker: Broker, extract: Extract
) -> None:
    topic = kafka_broker.make_topic()
    write(kafka_broker, topic, range(20))
    with client.open_topic(kafka_broker.connection(), topic, logging.getLogger("test")) as found:
        assert found.ask_marks(0)[1] < 20, "the broker has learned it: find another one"
    landed = extract(
        source_of(topic), connection=kafka_broker.connection(), stream=StreamRange(begins={0: 7})
    )
    assert (ids(landed), reads(landed)) == (list(range(7, 20)), {0: (7, 20)})


def test_tombstones_may_be_left_out_and_are_counted(kafka_broker: Broker, extract: Extract) -> None:
    topic = kafka_broker.make_topic()
    values = [b'{"id": 1}', None, b'{"id": 2}']
    kafka_broker.write(topic, [{"value": value, "key": b"k"} for value in values])
    landed = extract(source_of(topic, tombstones="ignore"), connection=kafka_broker.connection())
    assert (ids(landed), landed.manifest.notes["tombstones_ignored"]) == ([1, 2], 1)
    assert reads(landed) == {0: (0, 3)}


def test_a_topic_that_is_not_there_is_refused_and_not_made(
    kafka_broker: Broker, extract: Extract
) -> None:
    for _ in range(2):
        with pytest.raises(SourceRefused, match="UNKNOWN_TOPIC_OR_PART"):
            extract(source_of("nowhere"), connection=kafka_broker.connection())


def test_a_broker_that_does_not_answer_is_tried_again(
    extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.5)
    nobody = ConnectionDetails(conn_id="broker", host="127.0.0.1", port=9)
    with pytest.raises(SourceUnavailable, match="asking for the topic t"):
        extract(source_of("t"), connection=nobody)


def test_a_setting_that_makes_no_client_is_the_operator_s(
    kafka_broker: Broker, extract: Extract
) -> None:
    details = replace(kafka_broker.connection(), password="s3cret", login="ana")
    with pytest.raises(SetupError, match="makes no client of Kafka") as refused:
        extract(
            source_of("t"),
            connection=replace(details, extra={**details.extra, "sasl.mechanism": "s3cret"}),
        )
    assert "s3cret" not in str(refused.value)


def test_a_partition_of_which_nothing_comes_is_named(
    kafka_broker: Broker, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = kafka_broker.make_topic()
    write(kafka_broker, topic, range(2))
    monkeypatch.setattr(reading, "PATIENCE_SECONDS", 1.0)
    beyond = StreamRange(begins={0: 50})  # of which this broker says nothing at all
    with pytest.raises(SourceUnavailable, match="not at their end: 0 at 50 of"):
        extract(source_of(topic), connection=kafka_broker.connection(), stream=beyond)
