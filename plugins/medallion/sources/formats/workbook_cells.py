"""What the readers of .xlsx, .xlsb and .xls share: numbers of cells, and their formats."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Place = tuple[int, int]
"""Row and column, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallNumbers:
    """The numbers below 1 of one sheet, and what its workbook says of their formats."""

    since_1904: bool
    styles: Mapping[int, int]
    """Each style with its number format."""
    codes: Mapping[int, str]
    """The number formats that are the workbook's own: `yyyy-mm-dd`."""
    cells: Sequence[tuple[Place, float, int]]
    """Place, number and style."""


def unpack_number(data: bytes) -> float:
    """A number as the binary formats pack it into four bytes (RkNumber in [MS-XLS]).

    >>> [unpack_number(bytes.fromhex(text)) for text in ("02000000", "ffffffff", "0000f03f")]
    [0.0, -0.01, 1.0]
    """
    (whole,) = struct.unpack("<i", data)
    if whole & 2:
        number = float(whole >> 2)
    else:
        (number,) = struct.unpack("<d", bytes(4) + struct.pack("<i", whole & ~3))
    return number / 100 if whole & 1 else number


def double(data: bytes) -> float:
    """The number in eight bytes, little-endian IEEE 754."""
    (number,) = struct.unpack("<d", data)
    return float(number)
