"""Avro's values: nothing of a logical type is lost, and no schema or value hangs or ends a task."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro
import pytest

from medallion.sources.kafka.values.avro import make_reader
from medallion.sources.kafka.values.decoded import Unread
from medallion.sources.kafka.values.registry import Schema


def record(*fields: tuple[str, Any], name: str = "r") -> dict[str, Any]:
    listed = [{"name": field, "type": kind} for field, kind in fields]
    return {"type": "record", "name": name, "fields": listed}


def logical(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": name, **more}


def plain(schema: Any) -> Any:
    """The same without logical types: what is written are numbers and bytes."""
    return json.loads(json.dumps(schema).replace('"logicalType"', '"x"'))


def read(schema: Any, value: Any) -> Any:
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(plain(schema)), value)
    reader = make_reader(Schema(kind="AVRO", text=json.dumps(schema)))
    return json.loads(reader(body.getvalue()), parse_float=str)


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        (logical("bytes", "decimal", precision=38, scale=2), b"\xff\x85", "-1.23"),
        (logical("bytes", "decimal", precision=60, scale=9), b"\x7f" * 20, None),
        ({"type": "fixed", "name": "f", "size": 2, "logicalType": "decimal", "precision": 4,
          "scale": 3}, b"\x00\x05", "0.005"),
        (logical("int", "date"), -1, "1969-12-31"),
        (logical("int", "time-millis"), 86399999, "23:59:59.999"),
        (logical("long", "time-micros"), 1, "00:00:00.000001"),
        (logical("long", "timestamp-millis"), -1, "1969-12-31T23:59:59.999Z"),
        (logical("long", "timestamp-micros"), 1767225600123456, "2026-01-01T00:00:00.123456Z"),
        (logical("long", "timestamp-nanos"), 1767225600123456789,
         "2026-01-01T00:00:00.123456789Z"),
        (logical("long", "local-timestamp-millis"), 0, "1970-01-01T00:00:00.000"),
        (logical("string", "uuid"), "4f3c", "4f3c"),
        ({"type": "fixed", "name": "f", "size": 16, "logicalType": "uuid"}, b"\x01" * 16,
         "01010101-0101-0101-0101-010101010101"),
        ({"type": "fixed", "name": "f", "size": 12, "logicalType": "duration"},
         b"\x01\0\0\0\x02\0\0\0\xdc\x05\0\0", "P1M2DT1.500S"),
        ("bytes", b"\xff\x00", "/wA="),
        ("double", float("inf"), "Infinity"),
        ("long", 2**63 - 1, 2**63 - 1),
        (["null", logical("int", "date")], None, None),
        ({"type": "array", "items": ["null", "string"]}, [None, "é"], [None, "é"]),
        ({"type": "map", "values": logical("int", "date")}, {"a": 1}, {"a": "1970-01-02"}),
        ({"type": "enum", "name": "e", "symbols": ["A", "B"]}, "B", "B"),
        (logical("int", "nobody-knows-it"), 5, 5),
    ],
)  # fmt: skip
def test_each_type_is_json_that_loses_nothing(kind: Any, written: Any, expected: Any) -> None:
    found = read(record(("v", kind)), {"v": written})["v"]
    if expected is None and isinstance(written, bytes):
        digits = str(int.from_bytes(written, "big"))
        expected = f"{digits[:-9]}.{digits[-9:]}"
    assert found == expected


def test_what_another_schema_names_is_known() -> None:
    address = record(("city", "string"), name="shop.Address")
    customer = record(("home", "shop.Address"), name="shop.Customer")
    reader = make_reader(
        Schema(
            kind="AVRO",
            text=json.dumps(customer),
            references=(("shop.Address", json.dumps(address)),),
        )
    )
    assert json.loads(reader(b"\x04La")) == {"home": {"city": "La"}}


NODE = record(("next", ["null", "Node"]), name="Node")


def test_a_value_of_a_recursive_schema_is_read() -> None:
    assert read(NODE, {"next": {"next": None}}) == {"next": {"next": None}}


@pytest.mark.parametrize(
    ("schema", "body", "reason"),
    [
        (NODE, b"\x02" * 1_500 + b"\x00", "the value is nested too deep"),
        (record(("v", {"type": "array", "items": "null"})), b"\x02\x00",
         "an array of items that take no bytes"),
        (record(("v", {"type": "array", "items": record(name="empty")})), b"\x00",
         "an array of items that take no bytes"),
        (record(("v", "string")), b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01ab",
         "not as its schema says"),
        (record(("v", "string")), b"", "not as its schema says"),
        (record(("v", "string")), b"\x02\xff", "not as its schema says"),
        (record(("v", "int")), b"\x02\x02", "1 bytes more than its schema says"),
        (record(("v", ["null", "int"])), b"\x08", "not as its schema says"),
        (record(("v", logical("int", "date"))), b"\xfe\xff\xff\xff\x0f", "in no year of 1 to 9999"),
        (record(("v", logical("int", "time-millis"))), b"\x01", "lies outside of a day"),
        (record(("v", logical("bytes", "decimal", scale=5000))), b"\x02\x01", "the scale 5000"),
        ({"type": "record"}, b"", "not one of Avro"),
        (record(("v", "Nobody")), b"", "not one of Avro"),
        ([], b"\x00", "not as its schema says"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(schema: Any, body: bytes, reason: str) -> None:
    with pytest.raises(Unread, match=reason):
        make_reader(Schema(kind="AVRO", text=json.dumps(schema)))(body)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"type":' * 20_000 + '"int"' + "}" * 20_000, "x"])
def test_a_schema_that_is_nested_deep_is_refused(text: str) -> None:
    with pytest.raises(Unread, match=r"nested too deep|not one of Avro"):
        make_reader(Schema(kind="AVRO", text=text))


def test_many_names_within_each_other_are_looked_at_once() -> None:
    schema: Any = "int"
    fields: list[Any] = []
    for at in range(60):  # each twice in the next: 2**60 ways to the first
        name = f"n{at}"
        fields.append({"type": "record", "name": name, "fields": [
            {"name": "a", "type": schema}, {"name": "b", "type": f"n{at - 1}" if at else "int"},
        ]})  # fmt: skip
        schema = fields[-1]
    make_reader(Schema(kind="AVRO", text=json.dumps(schema)))
