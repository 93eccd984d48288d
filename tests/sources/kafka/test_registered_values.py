"""Values written by Confluent's own serializers, to a real broker and a registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.confluent import meta_pb2
from confluent_kafka.schema_registry.confluent.type import decimal_pb2
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, struct_pb2, timestamp_pb2
from google.protobuf.message_factory import GetMessageClass
from tests.kafka_broker import Broker
from tests.schema_registry import Registry, serve_registry
from tests.sources.conftest import Extract, Landed

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.sources.http import client as http_client
from medallion.sources.http.api import Patience
from medallion.sources.kafka.source import KafkaSource
from medallion.sources.kafka.values.decoded import PREFIX

FIRST = {
    "type": "record", "name": "Payment", "fields": [
        {"name": "id", "type": "long"},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12,
                                    "scale": 2}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    ],
}  # fmt: skip
THEN = {
    **FIRST,
    "fields": [
        *FIRST["fields"],
        {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}],
         "default": None},
    ],
}  # fmt: skip
PAYMENT = {"id": 1, "amount": Decimal("12.50"), "day": date(2026, 1, 2)}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serve_registry() as found:
        yield found


def in_topic(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)


def avro(registry: Registry, topic: str, schema: Any, value: Any) -> bytes:
    write = AvroSerializer(registry.client(), json.dumps(schema))
    found = write(value, in_topic(topic))
    assert isinstance(found, bytes)
    return found


def land(
    extract: Extract, broker: Broker, registry: Registry, topic: str, form: str, **more: Any
) -> Landed:
    source = KafkaSource.model_validate({
        "type": "kafka", "conn_id": "broker", "topic": topic, "value_format": form,
        "registry_conn_id": "registry", **more,
    })  # fmt: skip
    secret = registry.connection(login="ana", password="s3cret")
    return extract(source, connection=broker.connection(), others=(secret,))


def without_message(landed: Landed) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in record.items() if key != "_message"}
        for record in landed.records()
    ]


def test_a_schema_may_grow_within_a_batch(
    kafka_broker: Broker, registry: Registry, extract: Extract
) -> None:
    topic = kafka_broker.make_topic()
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    values = [
        avro(registry, topic, FIRST, PAYMENT),
        avro(registry, topic, THEN, PAYMENT | {"id": 2, "at": moment}),
        None,
        avro(registry, topic, FIRST, PAYMENT | {"id": 3}),
    ]
    key = avro(registry, topic, {"type": "record", "name": "Key", "fields": [
        {"name": "card", "type": "string"}]}, {"card": "c1"})  # fmt: skip
    kafka_broker.write(topic, [{"value": value, "key": key} for value in values])
    asked = len(registry.asked)
    landed = land(extract, kafka_broker, registry, topic, "avro", key_format="avro")
    first = {"id": 1, "amount": "12.50", "day": "2026-01-02"}
    assert without_message(landed) == [
        first,
        first | {"id": 2, "at": "2026-01-02T03:04:05.678901Z"},
        {},
        first | {"id": 3},
    ]
    said = [record["_message"] for record in landed.records()]
    assert [one.get("schema_id") for one in said] == [1, 2, None, 1]
    assert [one["key"] for one in said] == [{"card": "c1"}] * 4
    assert len(registry.asked) - asked == 3, "one question for each schema"
    assert registry.headers[-1]["Authorization"].startswith("Basic ")


def test_a_value_that_cannot_be_read_is_kept_with_its_reason(
    kafka_broker: Broker, registry: Registry, extract: Extract
) -> None:
    topic = kafka_broker.make_topic()
    good = avro(registry, topic, FIRST, PAYMENT)
    other = registry.put('{"type": "object"}', "JSON")
    primitive = registry.put('"string"')
    values = [
        good, b'{"id": 1}', PREFIX.pack(0, 99) + b"abc", good + b"!", b"",
        PREFIX.pack(0, other) + b"{}", PREFIX.pack(0, primitive) + b"\x02a",
    ]  # fmt: skip
    kafka_broker.write(topic, [{"value": value} for value in values])
    landed = land(extract, kafka_broker, registry, topic, "avro")
    said = [record["_message"] for record in landed.records()]
    assert [one.get("problem") for one in said] == [
        None,
        "message: no schema id is in front: it was not written with a schema registry",
        "message: the schema registry has no schema 99",
        "message: the value has 1 bytes more than its schema says",
        "message: no schema id is in front: it was not written with a schema registry",
        "message: schema 2 is of JSON, not of AVRO",
        "message: the value has no fields: its schema is not one of records",
    ]
    assert all("value_base64" in one for one in said[1:])


def test_a_registry_that_is_down_is_asked_again_and_nothing_is_skipped(
    kafka_broker: Broker, registry: Registry, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = kafka_broker.make_topic()
    kafka_broker.write(topic, [{"value": avro(registry, topic, FIRST, PAYMENT)}])
    monkeypatch.setattr(http_client, "Patience", lambda: Patience(attempts=2, first_wait=0.01))
    registry.down = 503
    with pytest.raises(SourceUnavailable, match=r"schemas/ids/1.*503"):
        land(extract, kafka_broker, registry, topic, "avro")
    registry.down = 401
    with pytest.raises(SourceRefused, match="401: try later") as refused:
        land(extract, kafka_broker, registry, topic, "avro")
    assert "s3cret" not in str(refused.value)
    registry.down = 0
    assert len(land(extract, kafka_broker, registry, topic, "avro").records()) == 1


def test_what_is_written_as_json_is_held_to_its_schema(
    kafka_broker: Broker, registry: Registry, extract: Extract
) -> None:
    topic = kafka_broker.make_topic()
    schema = {"title": "P", "type": "object", "properties": {"id": {"type": "integer"}}}
    write = JSONSerializer(json.dumps(schema), registry.client())
    good = write({"id": 7, "total": 1.5}, in_topic(topic))
    assert isinstance(good, bytes)
    wrong = good[:5] + b'{"id": "seven"}'
    kafka_broker.write(topic, [{"value": good}, {"value": wrong}])
    landed = land(extract, kafka_broker, registry, topic, "json_schema")
    assert without_message(landed) == [{"id": 7, "total": 1.5}, {}]
    problem = landed.records()[1]["_message"]["problem"]
    assert problem == 'message: id is not as its schema says: type "integer"'


def make_payment() -> Any:
    """A message of a file that imports another one's decimals and Protobuf's own times."""
    pool = descriptor_pool.DescriptorPool()
    for module in (timestamp_pb2, descriptor_pb2, struct_pb2, meta_pb2, decimal_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="shop.proto", package="shop", syntax="proto3",
        dependency=[decimal_pb2.DESCRIPTOR.name, timestamp_pb2.DESCRIPTOR.name],
    )  # fmt: skip
    message = file.message_type.add(name="Payment")
    for number, (name, kind) in enumerate(
        (("amount", ".confluent.type.Decimal"), ("paid_at", ".google.protobuf.Timestamp")), start=1
    ):
        message.field.add(name=name, number=number, type=11, type_name=kind, label=1)
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("shop.Payment"))


def test_a_message_is_read_by_the_descriptors_that_the_registry_has(
    kafka_broker: Broker, registry: Registry, extract: Extract
) -> None:
    topic = kafka_broker.make_topic()
    payment = make_payment()
    amount = {"value": (1250).to_bytes(2, "big"), "precision": 4, "scale": 2}
    found = payment(amount=amount, paid_at={"seconds": 1767225600, "nanos": 1})
    whole = struct_pb2.Struct()
    whole["note"] = "é"
    made = [(payment, found), (struct_pb2.Struct, whole), (timestamp_pb2.Timestamp, None)]
    values = [
        ProtobufSerializer(kind, registry.client())(value or kind(), in_topic(topic))
        for kind, value in made
    ]
    kafka_broker.write(topic, [{"value": value} for value in values])
    landed = land(extract, kafka_broker, registry, topic, "protobuf")
    assert without_message(landed) == [
        {"amount": "12.50", "paid_at": "2026-01-01T00:00:00.000000001Z"},
        {"note": "é"},
        {},
    ]
    assert "has no fields" in landed.records()[2]["_message"]["problem"]
    assert any(one.endswith("?format=serialized") for one in registry.asked)
