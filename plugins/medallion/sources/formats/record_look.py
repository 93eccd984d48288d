"""What the records of a table look like: so that a line is noticed that looks like one, and is not
read as one, or the other way round.

Only what is written is looked at, never a name: a column in which the first records have numbers,
amounts or dates alone has one of these in each record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

FIRST_RECORDS = 200
"""So many say what records look like."""
FEWEST = 2
_VALUE = re.compile(
    r"[+-]?[\d\s.,'’]*\d[\d\s.,'’]*%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|[€$£]\s?[\d.,]+"
)
_LONGEST = 100
"""Characters of a cell that may be one. Of a long row of digits before a letter the pattern tries
each as the last one."""
YEAR = re.compile(r"(?:1[89]|20)\d\d")
"""A number that names a column, too."""
_NOT_OF_NAMES = re.compile(r"[\W_]+")


def is_written_value(cell: str) -> bool:
    """Whether a cell is a number, an amount or a date.

    >>> [is_written_value(text) for text in ("1 250,50", "05/01/2026", "2026", "Total")]
    [True, True, True, False]
    """
    text = cell.strip()
    return len(text) <= _LONGEST and _VALUE.fullmatch(text) is not None


class RecordLook:
    """What the first records of a table have in each column."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._seen = 0
        self._values: set[int] = set()
        self._others: set[int] = set()
        self._empty: set[int] = set()

    def see(self, fields: Sequence[str]) -> None:
        """Take one of the first records."""
        if len(fields) != self._width:
            return
        self._seen += 1
        for at, cell in enumerate(fields):
            if not cell.strip():
                self._empty.add(at)
            elif is_written_value(cell):
                self._values.add(at)
            else:
                self._others.add(at)

    def is_like(self, fields: Sequence[str]) -> bool:
        r"""Whether a row could be one of them: it has as many fields, is empty only where some of
        them are, and has a value where all of them have.

        >>> look = RecordLook(2)
        >>> for row in (["1", "a"], ["2", "b"]): look.see(row)
        >>> look.is_like(["3", "c"]), look.is_like(["Total", "2"])
        (True, False)
        """
        if len(fields) != self._width or not self._can_tell:
            return False
        filled = {at for at, cell in enumerate(fields) if cell.strip()}
        if not filled & self._typed or not set(range(self._width)) - self._empty <= filled:
            return False
        return all(is_written_value(fields[at]) for at in self._typed & filled)

    def is_unlike(self, fields: Sequence[str]) -> bool:
        """Whether a row has words in every column in which they have values alone, as a header."""
        if len(fields) != self._width or not self._can_tell:
            return False
        cells = [fields[at].strip() for at in self._typed]
        return all(cell and not is_written_value(cell) for cell in cells)

    @property
    def _typed(self) -> set[int]:
        return self._values - self._others

    @property
    def _can_tell(self) -> bool:
        """A line with one field may be anything."""
        return self._width > 1 and self._seen >= FEWEST and bool(self._typed)


def are_names(fields: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row has the names of its columns, but for case and signs between words.

    >>> are_names(["Till No.", "Place"], ["till_no", "place"])
    True
    """
    return len(fields) == len(names) and all(
        _bare(field) == _bare(name) != "" for field, name in zip(fields, names, strict=True)
    )


def _bare(text: str) -> str:
    return _NOT_OF_NAMES.sub("", text).casefold()
