"""JSON held to a schema: digits stay, no pattern hangs, and no reference leaves the registry."""

from __future__ import annotations

import json
from typing import Any

import pytest

from medallion.sources.kafka.values.decoded import Unread
from medallion.sources.kafka.values.json_schema import make_reader
from medallion.sources.kafka.values.registry import Schema


def schema_of(document: Any, *references: tuple[str, str]) -> Schema:
    return Schema(kind="JSON", text=json.dumps(document), references=references)


def test_the_value_is_given_back_as_it_was_written() -> None:
    body = b'{"total": 12.50, "note": null}'
    assert make_reader(schema_of({"type": "object"}))(body) == body


def test_a_pattern_is_not_run_and_expects_nothing() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": "^b"}},
        "patternProperties": {"^c": {"type": "string"}},
        "additionalProperties": False,
    }
    make_reader(schema_of(schema))(b'{"a": "a", "c": 1, "d": 1}')


def test_a_schema_refers_to_what_the_registry_names() -> None:
    customer = {"type": "object", "properties": {"home": {"$ref": "address.json"}}}
    address = json.dumps({"type": "object", "required": ["city"]})
    reader = make_reader(schema_of(customer, ("address.json", address)))
    reader(b'{"home": {"city": "Lyon"}}')
    with pytest.raises(Unread, match=r"home is not as its schema says: required \[\"city\"\]"):
        reader(b'{"home": {}}')


@pytest.mark.parametrize(
    ("schema", "body", "reason"),
    [
        ({"type": "object"}, b"[]", "the value is not as its schema says: type"),
        ({"properties": {"a": {"maximum": 5}}}, b'{"a": 6}', "a is not as its schema says: max"),
        ({"additionalProperties": False}, b'{"a": 6}', "additionalProperties false"),
        ({"$ref": "http://127.0.0.1:9/x"}, b"{}", "refers to what is not there"),
        ({"$ref": "#"}, b"{}", "nested too deep"),
        ({}, b"{", "is not JSON"),
        ({}, b"\xff", "is not UTF-8"),
        ({}, b"[" * 100_000, "nested too deep"),
        ({"type": "nobody"}, b"{}", "not one of JSON Schema"),
        ([], b"{}", "not one of JSON Schema"),
        ({"$schema": 5}, b"{}", "not one of JSON Schema"),
        ({"$schema": []}, b"{}", "not one of JSON Schema"),
        ({}, b'{"a": NaN}', "the value is not JSON: NaN is not a number of JSON"),
        ({}, b'{"a": %s}' % (b"1" * 4301), "the value is not JSON: Exceeds the limit"),
        ({"properties": {"a": {"multipleOf": 0.5}}}, b'{"a": 1%s}' % (b"0" * 400),
         "cannot be held to its schema: OverflowError"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(schema: Any, body: bytes, reason: str) -> None:
    with pytest.raises(Unread, match=reason):
        make_reader(schema_of(schema))(body)


def test_a_reference_that_is_no_schema_says_why() -> None:
    with pytest.raises(Unread, match="cannot be held to its schema"):
        make_reader(schema_of({"$ref": "a.json"}, ("a.json", "[]")))(b"{}")


def test_an_error_of_python_says_nothing_of_the_value() -> None:
    schema = {"properties": {"a": {"multipleOf": 0.5}}}
    with pytest.raises(Unread) as refused:
        make_reader(schema_of(schema))(b'{"a": 77%s}' % (b"0" * 400))
    assert str(refused.value) == "the value cannot be held to its schema: OverflowError"


def test_the_reason_holds_nothing_of_the_value() -> None:
    with pytest.raises(Unread) as refused:
        make_reader(schema_of({"properties": {"mail": {"type": "integer"}}}))(b'{"mail": "ana@x"}')
    assert "ana" not in str(refused.value)
