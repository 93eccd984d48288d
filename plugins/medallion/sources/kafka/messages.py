"""A message as one line of JSON: what the broker knows of it, then the fields of its value.

    {"_message":{"partition":0,"offset":41,…},"order_id":7,"total":12.50}

The value's own bytes are kept, but for line ends between its fields. A message that cannot be read
is landed all the same, with its bytes and with the reason, which sends it to quarantine.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from medallion.records import MESSAGE, MESSAGE_PROBLEM
from medallion.sources.kafka.values.decoded import Decoder, Unread

FIELDS = (
    "partition", "offset", "is_tombstone", "timestamp", "key", "key_base64", "headers",
    "headers_base64", "value", "value_base64", "schema_id", MESSAGE_PROBLEM,
)  # fmt: skip
"""What `_message` may have."""

MOST_BYTES = 8 * 1024 * 1024
"""Of a value: the engine reads records of up to 16 MiB."""
MOST_LINE_BYTES = 15 * 1024 * 1024
"""Of a line: a longer one would not stop itself alone, but the reading of its part."""
_PLACE = ("partition", "offset", "is_tombstone", "timestamp")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as the client has read it."""

    partition: int
    offset: int
    milliseconds: int | None
    """Since 1970; None where the message has no time."""
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How keys and values of a topic are read: the words of the spec.

    `decoders` has, by its word, what reads a form that a schema registry knows.
    """

    key_format: str = "text"
    value_format: str = "json"
    decoders: Mapping[str, Decoder] = field(default_factory=dict)


def write_line(message: Message, spelling: Spelling) -> tuple[bytes, str]:
    """The message as a line, and what is wrong with it; empty where nothing is.

    >>> said = Message(partition=0, offset=3, milliseconds=None, key=b"a", value=b'{"id": 1}')
    >>> print(write_line(said, Spelling())[0].decode(), end="")
    {"_message":{"partition":0,"offset":3,"is_tombstone":false,"key":"a"},"id": 1}
    """
    said = _describe(message)
    key, key_problem = _read_key(message.key, spelling, said)
    body, problem = _read_value(message.value, spelling, said)
    problem = problem or key_problem
    if problem:
        said[MESSAGE_PROBLEM] = f"message: {problem}"
        body = b""
    line = _join(said, key, body)
    if len(line) > MOST_LINE_BYTES:  # escaped, a text grows sixfold; keys and headers come on top
        problem = f"the message has {len(line):,} bytes as JSON, more than {MOST_LINE_BYTES:,}"
        said = {name: said[name] for name in _PLACE if name in said}
        line = _join({**said, MESSAGE_PROBLEM: f"message: {problem}"}, b"", b"")
    return line, problem


def _join(said: dict[str, Any], key: bytes, body: bytes) -> bytes:
    known = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    known = known[:-1] + b',"key":' + key + b"}" if key else known
    whole = b'{"%s":%s' % (MESSAGE.encode(), known)
    return whole + (b"," + body if body else b"}") + b"\n"


def _describe(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {
        "partition": message.partition,
        "offset": message.offset,
        "is_tombstone": message.value is None,
    }
    if message.milliseconds is not None:
        said["timestamp"] = _format_time(message.milliseconds)
    if message.headers:
        said |= _describe_headers(message.headers)
    return said


def _format_time(milliseconds: int) -> str | None:
    """ISO 8601 in UTC; None of a time that no calendar has."""
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _describe_headers(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, Any]:
    """By name the text of each; the last one of a name, as Kafka's own clients take it. Where that
    leaves something out, all of them in base64 too."""
    texts: dict[str, str | None] = {}
    whole = True
    for name, content in headers:
        text = None if content is None else _text_of(content)
        whole = whole and name not in texts and (text is not None or content is None)
        texts[name] = text
    said: dict[str, Any] = {"headers": texts}
    if not whole:
        said["headers_base64"] = [
            [name, None if content is None else _base64(content)] for name, content in headers
        ]
    return said


def _read_key(key: bytes | None, spelling: Spelling, said: dict[str, Any]) -> tuple[bytes, str]:
    """The key as JSON, and what is wrong with it. One that cannot be read is kept in base64."""
    if key is None:
        return b"", ""
    form = spelling.key_format
    if (decode := spelling.decoders.get(form)) is not None:
        try:
            return _on_one_line(decode(key).json), ""
        except Unread as reason:
            said["key_base64"] = _base64(key)
            return b"", f"of the key: {reason}"
    text = _text_of(key)
    problem = ""
    if form == "json" and text is None:
        problem = "the key is not UTF-8"
    elif form == "json" and (wrong := _parse(text or "")[1]):
        problem = f"the key is not JSON: {wrong}"
    if text is None or problem:
        said["key_base64"] = _base64(key)
        return b"", problem
    if form == "text":
        return json.dumps(text, ensure_ascii=False).encode(), ""
    return _on_one_line(key), ""


def _read_value(value: bytes | None, spelling: Spelling, said: dict[str, Any]) -> tuple[bytes, str]:
    """The fields of the value without their opening brace, and what is wrong with it."""
    if value is None:
        return b"", ""
    if len(value) > MOST_BYTES:
        return b"", f"the value has {len(value):,} bytes, more than {MOST_BYTES:,}"
    form = spelling.value_format
    if (decode := spelling.decoders.get(form)) is not None:
        return _decode_value(value, decode, said)
    text = _text_of(value)
    if text is None:
        said["value_base64"] = _base64(value)
        return b"", "the value is not UTF-8"
    if form == "text":
        said["value"] = text
        return b"", ""
    return _read_object(value, text, said)


def _read_object(value: bytes, text: str, said: dict[str, Any]) -> tuple[bytes, str]:
    found, problem = _parse(text)
    if problem or not isinstance(found, dict):
        said["value_base64"] = _base64(value)
        kind = f"is JSON, but not an object: {_kind_of(found)}"
        return b"", f"the value {f'is not JSON: {problem}' if problem else kind}"
    return _open(value), ""


def _decode_value(value: bytes, decode: Decoder, said: dict[str, Any]) -> tuple[bytes, str]:
    try:
        found = decode(value)
        if found.json.lstrip()[:1] != b"{":
            raise Unread("the value has no fields: its schema is not one of records")
    except Unread as reason:
        said["value_base64"] = _base64(value)
        return b"", str(reason)
    said["schema_id"] = found.schema_id
    return _open(found.json), ""


def _open(document: bytes) -> bytes:
    """The fields of an object, and its closing brace; empty where it has none."""
    fields = _on_one_line(document)[1:].lstrip()
    return b"" if fields == b"}" else fields


def _on_one_line(document: bytes) -> bytes:
    """JSON without line ends. A text in it has none: they lie between values."""
    return document.strip().replace(b"\n", b" ").replace(b"\r", b" ")


def _parse(text: str) -> tuple[Any, str]:
    """The value of a JSON text, and why it is none."""
    try:
        return json.loads(text, parse_constant=_refuse_constant), ""
    except json.JSONDecodeError as error:
        return None, f"{error.msg}, at character {error.pos + 1:,}"
    except RecursionError:
        return None, "it is nested too deep"
    except ValueError as error:  # NaN, or an integer of thousands of digits
        return None, str(error).partition(";")[0]


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number of JSON")


def _kind_of(value: object) -> str:
    kinds = {list: "an array", str: "a text", bool: "a truth value", type(None): "null"}
    return kinds.get(type(value), "a number")


def _text_of(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
