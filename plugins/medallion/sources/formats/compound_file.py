"""The container format of old Office documents ([MS-CFB])."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

_LAST = 0xFFFFFFFA
"""Numbers above it say that a chain ends, or that nothing follows."""
_ENTRY_BYTES = 128


def stream(content: BinaryIO, names: Sequence[str]) -> bytes:
    """The bytes of the first stream with one of these names.

    Raises:
        LookupError: there is none.
        ValueError, struct.error: it is not such a file, or it is damaged.
    """
    data = content.read()
    sector, mini = (1 << shift for shift in struct.unpack_from("<HH", data, 30))
    (directory,) = struct.unpack_from("<I", data, 48)
    cutoff, minis = struct.unpack_from("<II", data, 56)
    table = _table(data, sector)
    entries = _entries(_chain(data, table, directory, sector, sector))
    begin, size = next(entries[name] for name in names if name in entries)
    if size >= cutoff:
        return _chain(data, table, begin, sector, sector)[:size]
    small = _chain(data, table, entries["Root Entry"][0], sector, sector)
    small_table = _numbers(_chain(data, table, minis, sector, sector))
    return _chain(small, small_table, begin, mini, 0)[:size]


def _numbers(data: bytes) -> list[int]:
    return [number for (number,) in struct.iter_unpack("<I", data[: len(data) // 4 * 4])]


def _table(data: bytes, sector: int) -> list[int]:
    """Of each sector the one that follows it."""
    following, _ = struct.unpack_from("<II", data, 68)
    places = list(struct.unpack_from("<109I", data, 76))
    read = 0
    while following < _LAST:
        more = _numbers(data[(following + 1) * sector : (following + 2) * sector])
        *listed, following = more
        places += listed
        read += sector
        if read > len(data):
            raise ValueError("its sectors go round in a circle")
    found: list[int] = []
    for place in places:
        if place < _LAST:
            found += _numbers(data[(place + 1) * sector : (place + 2) * sector])
    return found


def _chain(data: bytes, table: Sequence[int], begin: int, size: int, before: int) -> bytes:
    """The sectors of a chain, put together; `before` is what lies before the first sector."""
    found: list[bytes] = []
    while begin < _LAST:
        found.append(data[before + begin * size : before + (begin + 1) * size])
        begin = table[begin]
        if len(found) > len(table):
            raise ValueError("its sectors go round in a circle")
    return b"".join(found)


def _entries(directory: bytes) -> dict[str, tuple[int, int]]:
    """Each name's first sector and its size in bytes."""
    found: dict[str, tuple[int, int]] = {}
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        entry = directory[at : at + _ENTRY_BYTES]
        (length,) = struct.unpack_from("<H", entry, 64)
        name = entry[: max(length - 2, 0)].decode("utf-16-le")
        begin, size = struct.unpack_from("<II", entry, 116)
        if entry[66]:
            found.setdefault(name, (begin, size))
    return found
