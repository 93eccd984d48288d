"""As much of a text as a box of the lineage graph has room for: SVG neither breaks nor cuts one."""

from __future__ import annotations

from functools import lru_cache

_WIDTHS = {
    **dict.fromkeys("ijlI.,:;'!|()[]/ ", 0.42),
    **dict.fromkeys("ft-r", 0.5),
    **dict.fromkeys("mwMW@%&…", 1.06),
}
"""Of letters, in parts of the font's size, as a wide bold font has them (DejaVu Sans)."""
_CAPITAL, _OTHER = 0.82, 0.71


@lru_cache(maxsize=10_000)
def fitting(text: str, room: float, size: float, *, keeps_end: bool = False) -> str:
    """The text, or as much of it as fits, with `…` where it is cut.

    >>> fitting("include/data/shop/orders_of_the_year.csv", 120, 13, keeps_end=True)
    '…the_year.csv'

    Args:
        room: pixels.
        size: of the font, in pixels.
        keeps_end: cut the beginning: files of one folder differ at their end.
    """
    left = room / size
    if sum(map(_width, text)) <= left:
        return text
    left -= _width("…")
    kept = 0
    for letter in reversed(text) if keeps_end else text:
        left -= _width(letter)
        if left < 0:
            break
        kept += 1
    return f"…{text[len(text) - kept :]}" if keeps_end else f"{text[:kept].rstrip()}…"


def _width(letter: str) -> float:
    return _WIDTHS.get(letter, _CAPITAL if letter.isupper() else _OTHER)
