"""The records of a delimited text with quotes, counted some hundred MB a second.

Every quote opens a field or closes one, so a line ends a record where the quotes before it are an
even number. Where a quote stands elsewhere, within a field without quotes or before other text, the
csv module has to say what it means.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NEWLINE = 10


def count_quoted(
    chunks: Iterable[bytes], *, delimiter: int, quote: int, longest: int
) -> int | None:
    """Records that are not blank, the header among them; None where the csv module has to count.

    Args:
        chunks: of a text in which a byte below 128 is that ASCII character.
        delimiter: its code.
        quote: its code.
        longest: bytes of one record.
    """
    counter = _Counter(delimiter, quote)
    records, rest = 0, b""
    for chunk in chunks:
        text, cut = _with_newlines(rest + chunk)
        found = counter.count(text)
        if found is None or len(text) - found[1] > longest:
            return None
        records, rest = records + found[0], text[found[1] :] + cut
    if not rest:
        return records
    found = counter.count(rest + b"\n")
    if found is None or found[1] <= len(rest):
        return None
    return records + found[0]


def _with_newlines(text: bytes) -> tuple[bytes, bytes]:
    """The text with the line ends of Unix, and apart a last byte that may begin one of Windows."""
    if b"\r" not in text:  # looked for ten times as fast as two bytes
        return text, b""
    cut = b"\r" if text.endswith(b"\r") else b""
    return text.removesuffix(cut).replace(b"\r\n", b"\n"), cut


class _Counter:
    """Counts records of texts that begin with one."""

    def __init__(self, delimiter: int, quote: int) -> None:
        import numpy as np

        self._numpy = np
        self._quote = quote
        self._beside = np.zeros(256, dtype=bool)
        self._beside[[delimiter, quote, NEWLINE]] = True
        """By byte, whether it may stand before a quote that opens, and after one that closes: one
        that is doubled closes the field and opens it again."""

    def count(self, text: bytes) -> tuple[int, int] | None:
        """The records that end in a text, without blank ones, and the bytes up to the last end."""
        np = self._numpy
        if b"\r" in text:  # a line end of old Macs
            return None
        codes = np.frombuffer(text, dtype=np.uint8)
        places = np.flatnonzero((codes == self._quote) | (codes == NEWLINE))
        quotes = codes[places] == self._quote
        if not self._is_regular(codes, places[quotes]):
            return None
        inside = np.cumsum(quotes, dtype=np.uint8) & 1  # counts modulo 256: still even or odd
        ends = places[~quotes & (inside == 0)]
        if not len(ends):
            return 0, 0
        blank = int(np.count_nonzero(np.diff(ends) == 1)) + int(ends[0] == 0)
        return len(ends) - blank, int(ends[-1]) + 1

    def _is_regular(self, codes: np.ndarray, quotes: np.ndarray) -> bool:
        """Whether each quote is at an edge of a field. The last one may be at the text's end."""
        opening, closing = quotes[0::2], quotes[1::2]
        before = codes[opening[opening > 0] - 1]
        after = codes[closing[closing < len(codes) - 1] + 1]
        return bool(self._beside[before].all() and self._beside[after].all())
