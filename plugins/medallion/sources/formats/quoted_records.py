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
    cut = b""
    for chunk in chunks:
        text, cut = _with_newlines(cut + chunk if cut else chunk)
        if text and not (counter.take(text) and counter.open_bytes <= longest):
            return None
    return None if cut else counter.conclude()


def _with_newlines(text: bytes) -> tuple[bytes, bytes]:
    """The text with the line ends of Unix, and apart a last byte that may begin one of Windows."""
    if b"\r" not in text:  # looked for ten times as fast as two bytes
        return text, b""
    cut = b"\r" if text.endswith(b"\r") else b""
    return text.removesuffix(cut).replace(b"\r\n", b"\n"), cut


class _Counter:
    """Counts the records of one text, of which it is given piece after piece."""

    def __init__(self, delimiter: int, quote: int) -> None:
        import numpy as np

        self._numpy = np
        self._quote = quote
        self._beside = np.zeros(256, dtype=bool)
        self._beside[[delimiter, quote, NEWLINE]] = True
        """By byte, whether it may stand before a quote that opens, and after one that closes: one
        that is doubled closes the field and opens it again."""
        self._inside = False
        """Whether the next byte is within quotes."""
        self._last = NEWLINE
        """The byte before: of a text's beginning as if a record had ended there."""
        self._is_closed = False
        """Whether that is a quote that has closed a field."""
        self.records = 0
        self.open_bytes = 0
        """Since the end of the last record."""

    def take(self, text: bytes) -> bool:
        """Count the records that end in the next piece, which is not empty; False where a quote
        stands where no field begins or ends, or lines end as those of old Macs."""
        np = self._numpy
        if b"\r" in text or (self._is_closed and not self._beside[text[0]]):
            return False
        codes = np.frombuffer(text, dtype=np.uint8)
        places = np.flatnonzero((codes == self._quote) | (codes == NEWLINE))
        quotes = codes[places] == self._quote
        if not self._is_regular(codes, places[quotes]):
            return False
        # A count modulo 256 is still even or odd.
        odd = np.cumsum(quotes, dtype=np.uint8) & 1
        ends = places[~quotes & (odd == self._inside)]
        self._count(ends, len(codes))
        self._inside ^= bool(odd[-1]) if len(odd) else False
        self._last = text[-1]
        self._is_closed = self._last == self._quote and not self._inside
        return True

    def conclude(self) -> int | None:
        """All records, one without a line end among them; None where a quote is not closed."""
        if self._inside:
            return None
        return self.records + bool(self.open_bytes)

    def _count(self, ends: np.ndarray, length: int) -> None:
        if not len(ends):
            self.open_bytes += length
            return
        blank = int(self._numpy.count_nonzero(self._numpy.diff(ends) == 1))
        blank += int(ends[0] == 0 and not self.open_bytes)
        self.records += len(ends) - blank
        self.open_bytes = length - 1 - int(ends[-1])

    def _is_regular(self, codes: np.ndarray, quotes: np.ndarray) -> bool:
        """Whether each quote is at an edge of a field. The last one may be at the piece's end."""
        first = int(self._inside)
        opening, closing = quotes[first::2], quotes[1 - first :: 2]
        if len(opening) and opening[0] == 0:
            if not self._beside[self._last]:
                return False
            opening = opening[1:]
        before = codes[opening - 1]
        after = codes[closing[closing < len(codes) - 1] + 1]
        return bool(self._beside[before].all() and self._beside[after].all())
