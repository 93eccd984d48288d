"""Avro's logical types as texts that lose nothing.

fastavro's own readers make values of Python of them, which know no nanoseconds: those stay plain
numbers. A schema's logical types are renamed, so that only Medallion's readers see them: fastavro's
table of readers is one for the whole process.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from medallion.sources.kafka.values.decoded import Unread
from medallion.sources.kafka.values.plain_json import place_point

OWN = "medallion-"
MOST_SCALE = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_ONE = date(1970, 1, 1)


def rename_logical_types(schema: Any) -> Any:
    """A schema with Medallion's names in place of the logical types that it has readers for.

    >>> rename_logical_types({"type": "int", "logicalType": "date"})
    {'type': 'int', 'logicalType': 'medallion-date'}
    """
    if isinstance(schema, list):
        return [rename_logical_types(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: rename_logical_types(value) if key in _HOLD_SCHEMAS else value
        for key, value in schema.items()
    }
    if f"{schema.get('type')}-{schema.get('logicalType')}" in READERS:
        found["logicalType"] = f"{OWN}{schema['logicalType']}"
    return found


_HOLD_SCHEMAS = ("type", "fields", "items", "values")


def add_readers(known: dict[str, Any]) -> None:
    """Have a table of fastavro's know Medallion's names."""
    for name, read in READERS.items():
        base, _, logical = name.partition("-")
        known[f"{base}-{OWN}{logical}"] = read


def _date(days: int, *_: Any) -> str:
    try:
        return (_DAY_ONE + timedelta(days=days)).isoformat()
    except OverflowError:
        raise Unread(f"{days} days since 1970 are in no year of 1 to 9999") from None


def _clock(per_second: int, digits: int) -> Callable[..., str]:
    """Readers of a time of day."""

    def read(number: int, *_: Any) -> str:
        seconds, rest = divmod(number, per_second)
        if not 0 <= seconds < 86400:
            raise Unread(f"{number} lies outside of a day")
        return f"{timedelta(seconds=seconds)!s:0>8}.{rest:0{digits}}"

    return read


def _moment(per_second: int, digits: int, zone: str) -> Callable[..., str]:
    """Readers of a moment, or with an empty zone of what a clock on a wall showed."""

    def read(number: int, *_: Any) -> str:
        seconds, rest = divmod(number, per_second)
        try:
            moment = _EPOCH + timedelta(seconds=seconds)
        except OverflowError:
            raise Unread(f"the time {number} is in no year of 1 to 9999") from None
        return f"{moment.replace(tzinfo=None).isoformat()}.{rest:0{digits}}{zone}"

    return read


def _decimal(content: bytes, schema: Mapping[str, Any], *_: Any) -> str:
    scale = schema.get("scale", 0)
    if not isinstance(scale, int) or not 0 <= scale <= MOST_SCALE:
        raise Unread(f"a decimal has the scale {scale!r}")
    if len(content) > MOST_SCALE:
        raise Unread(f"a decimal has {len(content):,} bytes")
    return place_point(int.from_bytes(content, "big", signed=True), scale)


def _text(content: str, *_: Any) -> str:
    return content


def _uuid(content: bytes, *_: Any) -> str:
    if len(content) != 16:
        raise Unread(f"a UUID has {len(content)} bytes, not 16")
    return str(uuid.UUID(bytes=content))


def _duration(content: bytes, *_: Any) -> str:
    """ISO 8601: months, days and milliseconds are none of the others' multiple."""
    months, days, milliseconds = (
        int.from_bytes(content[at : at + 4], "little") for at in (0, 4, 8)
    )
    return f"P{months}M{days}DT{place_point(milliseconds, 3)}S"


_MILLIS, _MICROS, _NANOS = (10**3, 3), (10**6, 6), (10**9, 9)
READERS: Mapping[str, Callable[..., str]] = {
    "bytes-decimal": _decimal,
    "fixed-decimal": _decimal,
    "fixed-uuid": _uuid,
    "string-uuid": _text,
    "fixed-duration": _duration,
    "int-date": _date,
    "int-time-millis": _clock(*_MILLIS),
    "long-time-micros": _clock(*_MICROS),
    "long-timestamp-millis": _moment(*_MILLIS, "Z"),
    "long-timestamp-micros": _moment(*_MICROS, "Z"),
    "long-timestamp-nanos": _moment(*_NANOS, "Z"),
    "long-local-timestamp-millis": _moment(*_MILLIS, ""),
    "long-local-timestamp-micros": _moment(*_MICROS, ""),
    "long-local-timestamp-nanos": _moment(*_NANOS, ""),
}
"""By Avro's type and its logical type. One that is not here is read as the type itself."""
