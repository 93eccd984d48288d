"""Whole numbers of variable length come back, and what is none is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.sources.base.varints import read_zigzag


def write_zigzag(number: int) -> bytes:
    rest = 2 * number if number >= 0 else -2 * number - 1
    found = bytearray()
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*found, rest])


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5))
def test_numbers_come_back_one_after_the_other(numbers: list[int]) -> None:
    body, at, found = b"".join(map(write_zigzag, numbers)), 0, []
    for _ in numbers:
        number, at = read_zigzag(body, at)
        found.append(number)
    assert (found, at) == (numbers, len(body))


@pytest.mark.parametrize("body", [b"", b"\x80", b"\xff" * 9, b"\x80" * 10 + b"\x01"])
def test_what_ends_too_early_or_never_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="no number"):
        read_zigzag(body, 0)
