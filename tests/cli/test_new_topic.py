"""`new` from a topic of a real broker: events, states with tombstones, values that a registry
knows; and that its preview passes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.kafka_broker import Broker
from tests.schema_registry import serve_registry

from medallion.cli.__main__ import main
from medallion.sources.kafka.values.decoded import PREFIX

NEW_YEAR = 1767225600000
EVENTS = """\
    description: One row for each message.
    source:
      type: kafka
      conn_id: shop_kafka
      topic: TOPIC
    silver:
      primary_key: [message_partition, message_offset]
      write_disposition: append
      columns:
        id:                {type: bigint}
        amount:            {type: "decimal(18,2)"}
        message_key:       {from: _message.key, type: text}
        trace:             {from: _message.headers.trace, type: text}
        message_at:        {from: _message.timestamp, type: timestamptz}
        message_partition: {from: _message.partition, type: integer}
        message_offset:    {from: _message.offset, type: bigint}
"""
STATES = """\
    description: One row for each card.
    source:
      type: kafka
      conn_id: shop_kafka
      topic: TOPIC
    silver:
      primary_key: [card]
      write_disposition: merge
      deleted_when: is_deleted
      columns:
        card:       {from: _message.key, type: text}
        limit_eur:  {type: integer, nullable: true}
        message_at: {from: _message.timestamp, type: timestamptz}
        is_deleted: {from: _message.is_tombstone, type: boolean}
"""


@pytest.fixture
def desk(
    project: Path, warehouse_db: str, kafka_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", warehouse_db)
    connection = {"conn_type": "kafka", "extra": kafka_broker.connection().extra}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_KAFKA", json.dumps(connection))
    yield project


def infer(desk: Path, topic: str, *words: str) -> int:
    return main(
        ["new", "shop/stream", "--root", str(desk), "--connection", "shop_kafka",
         "--topic", topic, *words]
    )  # fmt: skip


def read_spec(desk: Path, topic: str) -> str:
    text = (desk / "specs/shop/stream.yaml").read_text(encoding="utf-8")
    return text.replace(topic, "TOPIC").partition("  stream:\n")[2].partition("      checks:")[0]


def message(value: bytes | None, key: str, **more: Any) -> dict[str, Any]:
    return {"value": value, "key": key.encode(), "timestamp": NEW_YEAR, "partition": 0, **more}


def test_events_are_added(
    desk: Path, kafka_broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = kafka_broker.make_topic()
    kafka_broker.write(
        topic,
        [
            message(b'{"id": %d, "amount": %d.50}' % (at, at), f"c{at % 3}",
                    headers=[("trace", b"t%d" % at)])
            for at in range(12)
        ],
    )  # fmt: skip
    assert infer(desk, topic) == 0, capsys.readouterr()
    assert read_spec(desk, topic) == EVENTS
    shown = capsys.readouterr().out
    assert "each message is an event" in shown
    assert "All of it would be published" in shown


def test_states_are_merged_and_tombstones_delete(
    desk: Path, kafka_broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = kafka_broker.make_topic()
    states = [
        message(json.dumps({"card": f"c{at % 4}", "limit_eur": at}).encode(), f"c{at % 4}")
        for at in range(12)
    ]
    kafka_broker.write(topic, [*states, message(None, "c1")])
    assert infer(desk, topic) == 0, capsys.readouterr()
    assert read_spec(desk, topic) == STATES
    assert "rows are merged by it, and deleted" in capsys.readouterr().out


def test_values_with_a_schema_want_the_registry(
    desk: Path,
    kafka_broker: Broker,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = kafka_broker.make_topic()
    order = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}
    kafka_broker.write(
        topic, [message(PREFIX.pack(0, 1) + bytes([2 * at]), "k") for at in range(3)]
    )
    assert infer(desk, topic, "--print") == 1
    assert "--registry NAME" in capsys.readouterr().err
    with serve_registry() as registry:
        registry.put(json.dumps(order))
        details = registry.connection()
        said = {
            "conn_type": "http", "host": details.host, "port": details.port,
            "schema": details.schema, "login": details.login, "password": details.password,
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_SHOP_SCHEMAS", json.dumps(said))
        assert infer(desk, topic, "--registry", "shop_schemas", "--print") == 0
    text = capsys.readouterr().out
    assert "value_format: avro" in text
    assert "registry_conn_id: shop_schemas" in text
    assert "{type: bigint}" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--key", "id"], "is that of its message"),
        (["--table", "orders"], "not allowed with argument"),
    ],
)
def test_what_makes_no_sense_is_said(
    desk: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with suppress(SystemExit):
        assert infer(desk, "nothing", *words) == 1
    assert said in capsys.readouterr().err


def test_a_topic_without_messages_says_so(
    desk: Path, kafka_broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert infer(desk, kafka_broker.make_topic()) == 1
    assert "has no message, so nothing can be inferred" in capsys.readouterr().err
