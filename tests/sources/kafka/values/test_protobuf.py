"""Protobuf's values: which message they are, times and decimals without loss."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, timestamp_pb2

from medallion.sources.kafka.values.decoded import Unread
from medallion.sources.kafka.values.protobuf import make_reader
from medallion.sources.kafka.values.registry import Schema

KINDS = descriptor_pb2.FieldDescriptorProto


def message(name: str, *fields: tuple[str, Any], repeated: str = "") -> Any:
    made = descriptor_pb2.DescriptorProto(name=name)
    for number, (field, kind) in enumerate(fields, start=1):
        label = KINDS.LABEL_REPEATED if field == repeated else KINDS.LABEL_OPTIONAL
        if isinstance(kind, str):
            made.field.add(name=field, number=number, label=label, type=KINDS.TYPE_MESSAGE,
                           type_name=f".{kind}")  # fmt: skip
        else:
            made.field.add(name=field, number=number, label=label, type=kind)
    return made


def file_of(package: str, *messages: Any, imports: tuple[str, ...] = ()) -> str:
    file = descriptor_pb2.FileDescriptorProto(
        name="x", package=package, syntax="proto3", dependency=imports, message_type=messages
    )
    return base64.b64encode(file.SerializeToString()).decode()


PRICES = file_of("prices", message("Price", ("amount", "confluent.type.Decimal")),
                 imports=("confluent/type/decimal.proto", "confluent/meta.proto"))  # fmt: skip
PAYMENT = message(
    "Payment", ("id", KINDS.TYPE_INT64), ("amount", "confluent.type.Decimal"),
    ("paid_at", "google.protobuf.Timestamp"), ("proof", KINDS.TYPE_BYTES), ("parts", "shop.Part"),
    repeated="parts",
)  # fmt: skip
PART = message("Part", ("price", "prices.Price"), ("day", "google.type.Date"))
PART.nested_type.add().CopyFrom(message("Inner", ("a", KINDS.TYPE_STRING)))
IMPORTS = (
    "prices.proto", "confluent/type/decimal.proto", "google/protobuf/timestamp.proto",
    "google/type/date.proto",
)  # fmt: skip
SHOP = Schema(
    kind="PROTOBUF",
    text=file_of("shop", PAYMENT, PART, imports=IMPORTS),
    references=(("prices.proto", PRICES),),
)
AMOUNT = b"\x0a\x02\x04\xe2\x10\x04\x18\x02"
"""12.50, as confluent.type.Decimal."""


def field(number: int, body: bytes) -> bytes:
    """A message within a message."""
    return bytes([number << 3 | 2, len(body)]) + body


def test_each_type_is_json_that_loses_nothing() -> None:
    moment = timestamp_pb2.Timestamp(seconds=1767225600, nanos=123456789).SerializeToString()
    body = (
        b"\x00\x08" + b"\xff" * 8 + b"\x7f"
        + field(2, AMOUNT)
        + field(3, moment)
        + b"\x22\x01\xff"
        + field(5, field(1, field(1, AMOUNT)) + field(2, b"\x08\xea\x0f\x10\x01\x18\x02"))
    )  # fmt: skip
    assert json.loads(make_reader(SHOP)(body)) == {
        "id": str(2**63 - 1),
        "amount": "12.50",
        "paid_at": "2026-01-01T00:00:00.123456789Z",
        "proof": "/w==",
        "parts": [{"price": {"amount": "12.50"}, "day": "2026-01-02"}],
    }


def test_a_field_at_its_default_is_there() -> None:
    assert json.loads(make_reader(SHOP)(b"\x00")) == {"id": "0", "proof": "", "parts": []}


def test_the_value_says_which_message_it_is() -> None:
    inner = b"\x04\x02\x00" + b"\x0a\x01z"  # of the second message the first within it
    assert json.loads(make_reader(SHOP)(inner)) == {"a": "z"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "does not say which message"),
        (b"\xff" * 12, "does not say which message"),
        (b"\x02\x0c", "has no message 6"),
        (b"\x02\x01", "has no message -1"),
        (b"\xfe\x01" + b"\x00" * 200, "127 levels deep"),
        (b"\x00\x08", "not as its schema says"),
        (b"\x00\x12\x04\x18\xff\xff\x7f", "the scale"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(Unread, match=reason):
        make_reader(SHOP)(body)


def test_a_value_that_is_nested_deep_is_refused() -> None:
    tree = file_of("t", message("Tree", ("next", "t.Tree")))
    body = b""
    for _ in range(300):
        size = len(body)
        length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
        body = b"\x0a" + length + body
    with pytest.raises(Unread, match=r"not as its schema says|nested too deep"):
        make_reader(Schema(kind="PROTOBUF", text=tree))(b"\x00" + body)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('syntax = "proto3"; message A {}', "format=serialized"),
        (base64.b64encode(b"\xff\xff").decode(), "format=serialized"),
        (file_of("t", message("A", ("b", "t.Nobody"))), "not one of Protobuf"),
    ],
)
def test_a_schema_that_makes_no_sense_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Unread, match=reason):
        make_reader(Schema(kind="PROTOBUF", text=text))
