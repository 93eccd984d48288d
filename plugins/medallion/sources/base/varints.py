"""Whole numbers of variable length: footers of Parquet and values of Kafka have them."""

from __future__ import annotations

_MOST_SHIFT = 63


def read_zigzag(body: bytes, at: int) -> tuple[int, int]:
    """The number that begins at a place, and the place behind it: seven bits a byte, the sign last.

    >>> read_zigzag(bytes([0, 3, 0x80, 1]), 1), read_zigzag(bytes([0x80, 1]), 0)
    ((-2, 2), (64, 2))

    Raises:
        ValueError: the bytes end before it does, or it has more than ten of them.
    """
    number = shift = 0
    while at < len(body) and shift <= _MOST_SHIFT:
        byte = body[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return (number >> 1) ^ -(number & 1), at
    raise ValueError("there is no number of up to ten bytes")
