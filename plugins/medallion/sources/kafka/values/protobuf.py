"""Protobuf's values, by the official library: the registry sends the file's descriptor, and the
value says which of its messages it is."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from medallion.sources.base.providers import missing
from medallion.sources.base.varints import read_zigzag
from medallion.sources.kafka.values.decoded import Unread
from medallion.sources.kafka.values.plain_json import place_point, write_json
from medallion.sources.kafka.values.protobuf_files import DECIMAL, list_known_files
from medallion.sources.kafka.values.registry import Schema

MOST_DEPTH = 32
"""Of messages within messages, of which the value names one."""


def make_reader(schema: Schema) -> Callable[[bytes], bytes]:
    """What makes JSON of a value without its prefix.

    Raises:
        Unread: the registry sends no descriptor, or one that makes no sense.
        SetupError: the package is missing.
    """
    try:
        from google.protobuf import json_format
        from google.protobuf.message import DecodeError
        from google.protobuf.message_factory import GetMessageClass
    except ImportError:
        raise missing("protobuf") from None

    pool, file = _make_pool(schema)

    def to_json(body: bytes) -> bytes:
        indexes, content = _read_indexes(body)
        message_type = _find_message(file, indexes)
        message = GetMessageClass(message_type)()
        try:
            message.ParseFromString(content)
            found = json_format.MessageToDict(
                message,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
                descriptor_pool=pool,
            )
        except (DecodeError, json_format.Error, ValueError, TypeError) as error:
            said = " ".join(str(error).split())[:200]
            raise Unread(f"the value is not as its schema says: {said}") from None
        except RecursionError:
            raise Unread("the value is nested too deep") from None
        return write_json(_with_texts(found, message_type))

    return to_json


def _make_pool(schema: Schema) -> tuple[Any, Any]:
    """A pool of this schema alone, and its file."""
    from google.protobuf import descriptor_pool

    pool = descriptor_pool.DescriptorPool()
    for content in list_known_files().values():
        pool.AddSerializedFile(content)
    try:
        for name, text in schema.references:
            _add(pool, text, name)
        return pool, _add(pool, schema.text, "default")
    except Unread:
        raise
    except Exception as error:  # of the pool: TypeError, by what is wrong
        said = " ".join(str(error).split())[:200]
        raise Unread(f"its schema is not one of Protobuf: {said}") from None


def _add(pool: Any, text: str, name: str) -> Any:
    """A file into the pool, under the name by which others import it."""
    from google.protobuf import descriptor_pb2
    from google.protobuf.message import DecodeError

    file = descriptor_pb2.FileDescriptorProto()
    try:
        file.ParseFromString(base64.b64decode(text, validate=True))
    except (ValueError, DecodeError):
        raise Unread(
            "the schema registry sends Protobuf's text where `format=serialized` was asked for"
        ) from None
    if file.name in list_known_files():
        return pool.FindFileByName(file.name)
    file.name = name
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindFileByName(name)


def _read_indexes(body: bytes) -> tuple[list[int], bytes]:
    """Which message of the file the value is, by its place on each level; and the rest. The first
    one is written as one zero."""
    indexes: list[int] = []
    try:
        most, at = read_zigzag(body, 0)
        if most > MOST_DEPTH or most < 0:
            raise Unread(f"the value names a message {most} levels deep")
        for _ in range(most):
            index, at = read_zigzag(body, at)
            indexes.append(index)
    except ValueError:
        raise Unread("the value does not say which message it is") from None
    return indexes or [0], body[at:]


def _find_message(file: Any, indexes: list[int]) -> Any:
    messages = list(file.message_types_by_name.values())
    found = None
    for at in indexes:
        if not 0 <= at < len(messages):
            raise Unread(f"its schema has no message {'.'.join(map(str, indexes))}")
        found = messages[at]
        messages = list(found.nested_types)
    return found


def _with_texts(value: Any, kind: Any) -> Any:
    """A message with the types that others have agreed on as texts: decimals, dates."""
    if not isinstance(value, Mapping):  # such as a Timestamp, which is a text by then
        return value
    if (write := _TEXTS.get(kind.full_name)) is not None:
        return write(value)
    found = dict(value)
    for name, one in _list_messages(kind, found):
        found[name] = (
            [_with_texts(item, one) for item in found[name]]
            if isinstance(found[name], list)
            else _with_texts(found[name], one)
        )
    return found


def _list_messages(kind: Any, found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a message that are messages themselves; maps keep their keys."""
    for field in kind.fields:
        inner = field.message_type
        if inner is not None and field.name in found and not inner.GetOptions().map_entry:
            yield field.name, inner


def _write_decimal(value: Mapping[str, Any]) -> str:
    content = base64.b64decode(str(value.get("value", "")))
    scale = int(value.get("scale", 0))
    if not -1000 <= scale <= 1000 or len(content) > 1000:
        raise Unread(f"a decimal has the scale {scale} and {len(content)} bytes")
    return place_point(int.from_bytes(content, "big", signed=True), scale)


def _write_date(value: Mapping[str, Any]) -> str:
    year, month, day = (int(value.get(part, 0)) for part in ("year", "month", "day"))
    return f"{year:04}-{month:02}-{day:02}"


_TEXTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    DECIMAL: _write_decimal,
    "google.type.Date": _write_date,
}
"""By the full name of a message, what it is as a text."""
