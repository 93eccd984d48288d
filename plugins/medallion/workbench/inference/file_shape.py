"""How a delimited file is laid out around its records: title lines, header, comments, footer.

Only what every file of its kind has is written: the landing holds each file against it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medallion.sources.formats.dialects import DELIMITERS
from medallion.workbench.inference.quoting import find_quoting, for_csv

MOST_SKIPPED = 30
MOST_FOOTER = 19
"""Rows: what a landing takes for a footer, too."""
COMMENT = "#"
_VALUE = re.compile(
    r"[+-]?[\d\s.,'’]*\d[\d\s.,'’]*%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|[€$£]\s?[\d.,]+"
)
"""A number, an amount or a date: what no header is made of, but for a year."""
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_TOTAL = re.compile(r"(grand total|sub-?total|total|totaux|sum|summe|somme|gesamt|suma|totale)\b",
                    re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    """On which it begins, from 0."""
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.cells)

    @property
    def texts(self) -> int:
        return sum(bool(cell.strip()) for cell in self.cells)


def find_shape(head: str, tail: str = "") -> dict[str, Any]:
    """The keys of a file source that say how a file is laid out; empty where it is plain.

    >>> find_shape("Report of 2026\\n\\nid;name\\n1;a\\n2;b\\nTotal;2\\n")
    {'skip_rows': 2, 'footer': '^Total'}

    Args:
        head: the first characters of the text, up to a line's end.
        tail: the last ones, from a line's beginning; empty where `head` is the whole file.
    """
    quoting = find_quoting(head, is_whole=not tail)
    rows, delimiter = _rows(head, quoting)
    comments = [row for row in rows if row.cells[0].startswith(COMMENT)]
    body = [row for row in rows if row not in comments]
    width = _usual_width(body)
    if width < 2:
        return {}
    found: dict[str, Any] = {}
    first = next(at for at, row in enumerate(body) if row.width == width)
    if _ends_in_delimiter(body, first, width):
        found["trailing_delimiter"] = True
        width, first = width - 1, first - 1
    elif width > 2 and all(_is_cut_off(row, width) for row in body[first:] if row.width == width):
        found["trailing_delimiter"] = True
        body = [_without_last(row, width) for row in body]
        width -= 1
    while _is_title(body, first, width):
        first += 1
    header, data = body[first], body[first + 1 :]
    if any(row.line > header.line for row in comments) or (comments and first == 0):
        found = {"comment": COMMENT} | found
    last = _footer_begins(_tail(tail, delimiter, quoting) or data, width)
    found = _top(header, data, first, width) | quoting | found
    if any(1 < row.width < width for row in _whole(data, width)[:-1]):
        found["pad_short_rows"] = True
    return found | last


_MOST = 0.8
"""Of the lines."""


def has_delimiter(text: str) -> bool:
    r"""Whether some delimiter cuts most of the lines of a text alike, or is in most of them and
    cuts the first one into the most pieces, so that the others are short.

    >>> has_delimiter("a;b\n1;2\n"), has_delimiter("0001 Ada\n0002 Zoe, Amélie\n")
    (True, False)
    >>> has_delimiter("id,name,note\n1,Ada\n2,Zoe,new\n3,Bob\n4,Eve\n5,Kim,old\n")
    True
    """
    rows, _ = _rows(text, {})
    width = _usual_width(rows)
    if width > 1 and sum(row.width == width for row in rows) >= _MOST * len(rows):
        return True
    cut = sum(row.width > 1 for row in rows)
    return cut >= _MOST * max(1, len(rows)) and rows[0].width == max(row.width for row in rows) > 2


def _rows(text: str, quoting: Mapping[str, Any]) -> tuple[list[_Row], str]:
    """The rows that are not blank, cut by the delimiter that cuts most of them alike."""
    said = for_csv(quoting, text)
    best: tuple[tuple[int, int], list[_Row], str] = ((0, 0), [], ",")
    for delimiter in DELIMITERS:
        rows = list(_parse(text, delimiter, said))
        width = _usual_width(rows)
        rank = (sum(row.width == width for row in rows) if width > 1 else 0, width)
        if rank > best[0]:
            best = (rank, rows, delimiter)
    return best[1], best[2]


def _parse(text: str, delimiter: str, said: Mapping[str, Any]) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **said)
    line = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield _Row(line, tuple(cells))
        line = reader.line_num


def _usual_width(rows: Sequence[_Row]) -> int:
    widths = Counter(row.width for row in rows)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _ends_in_delimiter(rows: Sequence[_Row], first: int, width: int) -> bool:
    """Whether the records have one field more than the row before them, an empty one."""
    records = [row for row in rows[first:] if row.width == width]
    return (
        first > 0
        and rows[first - 1].width == width - 1
        and rows[first - 1].texts == width - 1
        and not any(row.cells[-1].strip() for row in records)
    )


def _is_cut_off(row: _Row, width: int) -> bool:
    """Whether nothing is behind the last delimiter, and something before it."""
    return row.texts > 0 and not row.cells[width - 1].strip()


def _without_last(row: _Row, width: int) -> _Row:
    return _Row(row.line, row.cells[: width - 1]) if row.width == width else row


def _is_title(rows: Sequence[_Row], at: int, width: int) -> bool:
    """Whether a row is a title that was filled up with delimiters: the next ones are fuller."""
    if at + 1 >= len(rows) or at >= MOST_SKIPPED:
        return False
    return rows[at].width != width or (width > 2 and rows[at].texts == 1 and rows[at + 1].texts > 1)


def _top(header: _Row, data: Sequence[_Row], first: int, width: int) -> dict[str, Any]:
    """What comes before the records."""
    typed = _find_typed_columns(_whole(data, width))
    if typed and all(_is_value(header.cells[at]) for at in typed if at < header.width):
        names = [f"column_{number}" for number in range(1, width + 1)]
        skipped = {"skip_rows": header.line} if first else {}
        return skipped | {"header": False, "column_names": names}
    second = data[0] if data else None
    if second and header.texts < header.width and second.texts == width and _names(second, data):
        return {"header_row": [header.line + 1, second.line + 1]}
    return {"skip_rows": header.line} if first and header.line else {}


def _names(row: _Row, data: Sequence[_Row]) -> bool:
    """Whether a row under the header is the header's second one: text above typed columns."""
    typed = _find_typed_columns(_whole(data[1:], row.width))
    return bool(typed) and not any(_is_value(row.cells[at]) for at in typed)


def _find_typed_columns(rows: Sequence[_Row]) -> list[int]:
    """The columns in which (nearly) all cells are numbers or dates."""
    found = []
    for at in range(rows[0].width if rows else 0):
        cells = [row.cells[at] for row in rows if at < row.width and row.cells[at].strip()]
        if cells and sum(map(_is_value, cells)) >= 0.9 * len(cells):
            found.append(at)
    return found


def _is_value(cell: str) -> bool:
    text = cell.strip()
    return _VALUE.fullmatch(text) is not None and _YEAR.fullmatch(text) is None


def _whole(rows: Sequence[_Row], width: int) -> list[_Row]:
    """The rows without a footer."""
    ends = _footer_length(rows, width)
    return list(rows[: len(rows) - ends])


def _footer_length(rows: Sequence[_Row], width: int) -> int:
    """How many of the last rows are not records."""
    length = 0
    for number, row in enumerate(reversed(rows[-MOST_FOOTER:]), start=1):
        if row.width != width or _TOTAL.match(row.cells[0].strip()):
            length = number
        elif number > length + 1:
            break
    return length if length < len(rows) else 0


def _footer_begins(rows: Sequence[_Row], width: int) -> dict[str, Any]:
    length = _footer_length(rows, width)
    if not length:
        return {}
    if word := _TOTAL.match(rows[-length].cells[0].strip()):
        return {"footer": f"^{re.escape(word[1])}"}
    return {} if length > 2 or rows[-1].width > 1 else {"skip_footer": length}


def _tail(tail: str, delimiter: str, quoting: Mapping[str, Any]) -> list[_Row]:
    """The rows of a file's end; its first one may have begun before."""
    return list(_parse(tail, delimiter, for_csv(quoting, tail)))[1:] if tail else []
