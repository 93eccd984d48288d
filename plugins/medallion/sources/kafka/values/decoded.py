"""What is made of a value that a schema describes, and why nothing is."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

PREFIX = struct.Struct(">bI")
"""A zero, and the number of the schema: what Confluent's serializers write first."""


class Unread(Exception):
    """Why a value cannot be read. The message goes to quarantine, with this as its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A value as JSON, and the number of the schema that says how it was written."""

    schema_id: int
    json: bytes


Decoder = Callable[[bytes], Decoded]
"""Raises `Unread`."""


def split_prefix(value: bytes) -> tuple[int, bytes]:
    """The number of a value's schema, and what is behind it.

    >>> split_prefix(b"\\x00\\x00\\x00\\x00\\x07abc")
    (7, b'abc')

    Raises:
        Unread: it does not begin with one.
    """
    if len(value) < PREFIX.size or value[0] != 0:
        raise Unread("no schema id is in front: it was not written with a schema registry")
    _, schema_id = PREFIX.unpack_from(value)
    return schema_id, value[PREFIX.size :]
