"""A message becomes one line of JSON, whatever its bytes are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from medallion.sources.kafka.messages import (
    MOST_BYTES,
    MOST_LINE_BYTES,
    Message,
    Spelling,
    write_line,
)


def line_of(**given: Any) -> tuple[dict[str, Any], str]:
    """The document of a message's line, and what is wrong with it."""
    words = {"key_format": "text", "value_format": "json"}
    spelling = Spelling(**{word: given.pop(word, usual) for word, usual in words.items()})
    message = Message(
        **{"partition": 3, "offset": 7, "milliseconds": None, "key": None, "value": b"{}", **given}
    )
    line, problem = write_line(message, spelling)
    assert line.count(b"\n") == 1 and line.endswith(b"\n") and b"\r" not in line
    return json.loads(line), problem


def test_the_value_s_fields_keep_their_spelling() -> None:
    value = b' {"a": 1.10,\r\n "b": 1e400, "c": "\\n\xc3\xa9", "_message": 9}\n'
    line, _ = write_line(
        Message(partition=0, offset=0, milliseconds=None, key=None, value=value), Spelling()
    )
    assert line.endswith(b',"a": 1.10,   "b": 1e400, "c": "\\n\xc3\xa9", "_message": 9}\n')


@pytest.mark.parametrize("value", [b"{}", b" { } ", b"{\n}"])
def test_an_object_without_fields_is_a_record(value: bytes) -> None:
    document, problem = line_of(value=value)
    assert (list(document), problem) == (["_message"], "")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"", "the value is not JSON: Expecting value, at character 1"),
        (b"null", "the value is JSON, but not an object: null"),
        (b"12", "the value is JSON, but not an object: a number"),
        (b'"{}"', "the value is JSON, but not an object: a text"),
        (b"[{}]", "the value is JSON, but not an object: an array"),
        (b"true", "the value is JSON, but not an object: a truth value"),
        (b'{"a": NaN}', "the value is not JSON: NaN is not a number of JSON"),
        (b'{"a": 1} {}', "the value is not JSON: Extra data, at character 10"),
        (b'{"a": "x\ny"}', "the value is not JSON: Invalid control character at, at character 9"),
        (b"\xff\xfe{\x00}\x00", "the value is not UTF-8"),
        (b"\x00\x00\x00\x00\x01\x02a", "the value is not JSON: Expecting value, at character 1"),
    ],
)
def test_a_value_that_cannot_be_read_is_kept_with_its_reason(value: bytes, why: str) -> None:
    document, problem = line_of(value=value)
    assert problem == why
    assert list(document) == ["_message"]
    assert document["_message"]["problem"] == f"message: {why}"
    assert "value_base64" in document["_message"]


def test_values_that_would_stop_a_parser_are_problems_too() -> None:
    assert line_of(value=b'{"a":' + b"[" * 5_000)[1] == (
        "the value is not JSON: it is nested too deep"
    )
    assert line_of(value=b'{"a":' + b"9" * 5000 + b"}")[1].startswith("the value is not JSON: Exc")
    too_long, why = line_of(value=b'{"a":"' + b"x" * MOST_BYTES + b'"}')
    assert why == f"the value has {MOST_BYTES + 8:,} bytes, more than {MOST_BYTES:,}"
    assert "value_base64" not in too_long["_message"]


@pytest.mark.parametrize(
    "message",
    [
        {"value": b"\0" * (MOST_BYTES // 2), "value_format": "text"},
        {"key": b"k" * MOST_LINE_BYTES},
        {"headers": (("a", b"x" * MOST_LINE_BYTES),)},
    ],
)
def test_a_line_is_never_longer_than_the_engine_reads(message: dict[str, Any]) -> None:
    document, why = line_of(**message)
    assert "bytes as JSON, more than" in why
    assert set(document["_message"]) == {"partition", "offset", "is_tombstone", "problem"}


def test_a_text_is_taken_whole() -> None:
    document, problem = line_of(value="é\n\0".encode(), value_format="text")
    assert (document["_message"]["value"], problem) == ("é\n\0", "")


def test_a_tombstone_says_so() -> None:
    assert line_of(value=None, key=b"k")[0] == {
        "_message": {"partition": 3, "offset": 7, "is_tombstone": True, "key": "k"}
    }


@pytest.mark.parametrize(
    ("key", "form", "found", "why"),
    [
        (b"", "text", {"key": ""}, ""),
        (b"\xff", "text", {"key_base64": "/w=="}, ""),
        (b'{"id": 1.10}', "json", {"key": {"id": 1.1}}, ""),
        (b"7", "json", {"key": 7}, ""),
        (b'"\\ud800"', "json", {"key": "\ud800"}, ""),
        (b"{", "json", {"key_base64": "ew=="}, "the key is not JSON: Expecting property name"),
        (b"\xff", "json", {"key_base64": "/w=="}, "the key is not UTF-8"),
    ],
)
def test_keys(key: bytes, form: str, found: dict[str, Any], why: str) -> None:
    document, problem = line_of(key=key, key_format=form)
    message = document["_message"]
    assert {name: message[name] for name in message if name.startswith("key")} == found
    assert problem.startswith(why) and bool(problem) == bool(why)


def test_the_last_header_of_a_name_counts_and_none_is_lost() -> None:
    headers = (("a", b"1"), ("a", b"2"), ("b", None), ("c", b"\xff"))
    message = line_of(headers=headers)[0]["_message"]
    assert message["headers"] == {"a": "2", "b": None, "c": None}
    assert message["headers_base64"] == [["a", "MQ=="], ["a", "Mg=="], ["b", None], ["c", "/w=="]]
    plain = line_of(headers=(("a", b"1"), ("b", None)))[0]["_message"]
    assert plain["headers"] == {"a": "1", "b": None}
    assert "headers_base64" not in plain


def test_times_are_in_utc_and_one_of_no_calendar_is_left_out() -> None:
    assert line_of(milliseconds=1767225600123)[0]["_message"]["timestamp"] == (
        "2026-01-01T00:00:00.123Z"
    )
    assert line_of(milliseconds=2**62)[0]["_message"]["timestamp"] is None
