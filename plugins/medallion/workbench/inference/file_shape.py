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
from itertools import pairwise, takewhile
from typing import Any

from medallion.sources.formats.dialects import DELIMITERS
from medallion.sources.formats.record_count import LARGEST_FIELD_CHARACTERS
from medallion.sources.formats.record_look import YEAR, is_written_value
from medallion.sources.formats.total_words import BEGINS, ENDS
from medallion.workbench.inference.missing_words import MISSING_WORDS
from medallion.workbench.inference.quoting import find_quoting, for_csv

MOST_SKIPPED = 30
MOST_FOOTER = 19
"""Rows: what a landing takes for a footer, too."""
MOST_PAIRS = 10
"""Rows above the header: a name and its value each."""
MOST_HEADER_ROWS = 3
MOST_TYPED = 300
"""Rows that show which columns have numbers or dates."""
FEWEST_DAYS = 2
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]00:00(?::00)?)?")
COMMENT = "#"


@dataclass(frozen=True, slots=True)
class ShapeRow:
    """A row that is not blank: of a text or a sheet."""

    line: int
    """On which it begins, from 0."""
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many cells it has."""
        return len(self.cells)

    @property
    def texts(self) -> int:
        """How many of them are filled."""
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
    elif _ends_header_in_delimiter(body, first, width):
        found["trailing_delimiter"] = True
        body = [_without_last(row, width + 1) for row in body]
        first -= 1
    elif width > 2 and all(_is_cut_off(row, width) for row in body[first:] if row.width == width):
        found["trailing_delimiter"] = True
        body = [_without_last(row, width) for row in body]
        width -= 1
    while is_title(body, first, width):
        first += 1
    header, data = body[first], body[first + 1 :]
    if any(row.line > header.line for row in comments) or (comments and first == 0):
        found = {"comment": COMMENT} | found
    last = find_footer(_tail(tail, delimiter, quoting) or data, width)
    found = find_top(header, data, first, width) | quoting | found
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


def _rows(text: str, quoting: Mapping[str, Any]) -> tuple[list[ShapeRow], str]:
    """The rows that are not blank, cut by the delimiter that cuts most of them alike."""
    said = for_csv(quoting, text)
    best: tuple[tuple[int, int], list[ShapeRow], str] = ((0, 0), [], ",")
    for delimiter in DELIMITERS:
        rows = list(_parse(text, delimiter, said))
        width = _usual_width(rows)
        rank = (sum(row.width == width for row in rows) if width > 1 else 0, width)
        if rank > best[0]:
            best = (rank, rows, delimiter)
    return best[1], best[2]


def _parse(text: str, delimiter: str, said: Mapping[str, Any]) -> Iterator[ShapeRow]:
    csv.field_size_limit(LARGEST_FIELD_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **said)
    line = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield ShapeRow(line, tuple(cells))
        line = reader.line_num


def _usual_width(rows: Sequence[ShapeRow]) -> int:
    widths = Counter(row.width for row in rows)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _ends_in_delimiter(rows: Sequence[ShapeRow], first: int, width: int) -> bool:
    """Whether the records have one field more than the row before them, an empty one."""
    records = [row for row in rows[first:] if row.width == width]
    return (
        first > 0
        and rows[first - 1].width == width - 1
        and rows[first - 1].texts == width - 1
        and not any(row.cells[-1].strip() for row in records)
    )


def _ends_header_in_delimiter(rows: Sequence[ShapeRow], first: int, width: int) -> bool:
    """Whether the row before the records has one field more than they have, an empty one."""
    return (
        first > 0
        and rows[first - 1].width == width + 1
        and rows[first - 1].texts == width
        and not rows[first - 1].cells[-1].strip()
        and not any(map(is_written_value, rows[first - 1].cells[:-1]))
    )


def _is_cut_off(row: ShapeRow, width: int) -> bool:
    """Whether nothing is behind the last delimiter, and something before it."""
    return row.texts > 0 and not row.cells[width - 1].strip()


def _without_last(row: ShapeRow, width: int) -> ShapeRow:
    return ShapeRow(row.line, row.cells[: width - 1]) if row.width == width else row


def is_title(rows: Sequence[ShapeRow], at: int, width: int) -> bool:
    """Whether a row is a title that was filled up with delimiters: the next ones are fuller."""
    if at + 1 >= len(rows) or at >= MOST_SKIPPED:
        return False
    row, below = rows[at], rows[at + 1]
    if row.width != width:
        return True
    if width <= 2:
        return False
    if not row.cells[0].strip() and below.line == row.line + 1 and below.texts == width:
        return False  # the upper one of two header rows: names over groups of columns
    if row.texts == 1 and below.texts > 1 and not _is_group_above(rows, at):
        return True
    return _is_pair_above(rows, at, width) or _is_value_above(rows, at, width)


def _is_pair_above(rows: Sequence[ShapeRow], at: int, width: int) -> bool:
    """Whether a row is a name and its value (`Printed on;2026-01-05;;`) above the header: half of
    it is empty, and a row without values that is full comes soon."""
    row = rows[at]
    fullest = max(one.texts for one in rows)
    if row.texts > width // 2 or row.texts >= fullest or not row.cells[0].strip():
        return False
    full = next((one for one in rows[at + 1 : at + 1 + MOST_PAIRS] if one.texts == fullest), None)
    return full is not None and not any(map(is_value, full.cells))


def _is_group_above(rows: Sequence[ShapeRow], at: int) -> bool:
    """Whether a row with one cell, behind empty ones, is right above a row that is empty there."""
    row, below = rows[at], rows[at + 1]
    place = next(place for place, cell in enumerate(row.cells) if cell.strip())
    if place == 0 or below.line != row.line + 1 or below.texts == below.width:
        return False
    return not any(cell.strip() for cell in below.cells[:place])


def _is_value_above(rows: Sequence[ShapeRow], at: int, width: int) -> bool:
    """Whether a row that is filled like the others has a date or a number, as no header has, and is
    no record: a row of names comes below it (`Export;2026-01-05;v 2;Paris`)."""
    row = rows[at]
    if not any(map(is_value, row.cells)):
        return False
    for below in range(at + 1, min(at + 1 + MOST_PAIRS, len(rows) - 1)):
        if rows[below].width != width:
            return False
        typed = _find_typed_columns(_whole(rows[below + 1 : below + MOST_TYPED], width))
        if _are_names(rows[below], typed):
            cells = [row.cells[place] for place in typed if row.cells[place].strip()]
            return not cells or not all(map(is_value, cells))
    return False


def find_top(header: ShapeRow, data: Sequence[ShapeRow], first: int, width: int) -> dict[str, Any]:
    """What comes before the records."""
    typed = _find_typed_columns(_whole(data, width))
    if typed and _is_record(header, data, typed):
        names = [f"column_{number}" for number in range(1, width + 1)]
        skipped = {"skip_rows": header.line} if first else {}
        return skipped | {"header": False, "column_names": names}
    rows = [header, *data[: MOST_HEADER_ROWS - 1]]
    for last in range(len(rows) - 1, 0, -1):
        if _is_header(rows[: last + 1], _find_typed_columns(_whole(data[last:], width))):
            return {"header_row": [row.line + 1 for row in rows[: last + 1]]}
    return {"skip_rows": header.line} if first and header.line else {}


def _is_header(rows: Sequence[ShapeRow], typed: Sequence[int]) -> bool:
    """Whether several rows are one header, above columns that are typed: the last one has names
    there, and those above it group them (with empty cells, or a name twice), or are names too.

    One column of numbers may have a word in its first record: two are needed where the rows above
    have no empty cell.
    """
    *upper, last = rows
    widths = {row.width for row in rows}
    if len(widths) > 1 or not _are_names(last, typed):
        return False
    if any(below.line != row.line + 1 for row, below in pairwise(rows)):
        return False
    if any(is_value(cell) for row in upper for cell in row.cells):
        return False
    if last.texts == last.width and all(row.texts < row.width for row in upper):
        return True
    are_groups = all(len({*row.cells}) < row.width for row in upper)
    return len(typed) > 1 and (are_groups or len(rows) == 2)


def _are_names(row: ShapeRow, typed: Sequence[int]) -> bool:
    """Whether a row has a name in each of the columns that are typed below it."""
    cells = [row.cells[at].strip() for at in typed]
    missing = {cell.lower() for cell in cells} & MISSING_WORDS
    return bool(cells) and not missing and all(cell and not is_value(cell) for cell in cells)


def _is_record(row: ShapeRow, data: Sequence[ShapeRow], typed: Sequence[int]) -> bool:
    """Whether a row has values where the records have them. Dates above columns of which none is
    one are names: a column for each day."""
    cells = [row.cells[at] for at in typed if at < row.width]
    if not all(map(is_value, cells)):
        return False
    of_days = [at for at in typed if at < row.width and _is_day(row.cells[at])]
    below = [one.cells[at] for one in data[:MOST_SKIPPED] for at in of_days if at < one.width]
    return len(of_days) < FEWEST_DAYS or any(map(_is_day, below))


def _is_day(cell: str) -> bool:
    return _DAY.fullmatch(cell.strip()) is not None


def _find_typed_columns(rows: Sequence[ShapeRow]) -> list[int]:
    """The columns in which (nearly) all cells are numbers or dates."""
    found = []
    for at in range(rows[0].width if rows else 0):
        cells = [row.cells[at] for row in rows if at < row.width and row.cells[at].strip()]
        if cells and sum(map(is_value, cells)) >= 0.9 * len(cells):
            found.append(at)
    return found


def is_value(cell: str) -> bool:
    """Whether a cell is a number, an amount or a date, as no name in a header is.

    >>> [is_value(text) for text in ("1 250,50", "05/01/2026", "2026", "Total")]
    [True, True, False, False]
    """
    return is_written_value(cell) and YEAR.fullmatch(cell.strip()) is None


def _whole(rows: Sequence[ShapeRow], width: int) -> list[ShapeRow]:
    """The rows without a footer."""
    ends = _footer_length(rows, width)
    return list(rows[: len(rows) - ends])


def _footer_length(rows: Sequence[ShapeRow], width: int) -> int:
    """How many of the last rows are not records."""
    length = 0
    for number, row in enumerate(reversed(rows[-MOST_FOOTER:]), start=1):
        if row.width != width or BEGINS.match(row.cells[0].strip()):
            length = number
        elif number > length + 1:
            break
    return length if length < len(rows) else 0


def find_footer(rows: Sequence[ShapeRow], width: int) -> dict[str, Any]:
    """The key that says which rows at the end are not records; empty where all are."""
    length = _footer_length(rows, width)
    if not length:
        return {}
    if _has_totals_between(rows, length, width):
        odd = list(takewhile(lambda row: row.width != width, reversed(rows)))
        return {"skip_footer": len(odd)} if odd else {}
    if word := BEGINS.match(rows[-length].cells[0].strip()):
        return {"footer": f"^{re.escape(word[1])}"}
    return {} if length > 2 or rows[-1].width > 1 else {"skip_footer": length}


def _has_totals_between(rows: Sequence[ShapeRow], length: int, width: int) -> bool:
    """Whether lines that sum up others are between the records too: those are the filter's."""
    if any(_is_total(row) for row in rows[:-length]):
        return True
    footer = [_is_total(row) for row in rows[-length:] if row.width == width]
    return footer.count(True) > 1 and False in footer[: len(footer) - footer[::-1].index(True)]


def _is_total(row: ShapeRow) -> bool:
    first = row.cells[0].strip()
    return bool(BEGINS.match(first) or ENDS.search(first))


def _tail(tail: str, delimiter: str, quoting: Mapping[str, Any]) -> list[ShapeRow]:
    """The rows of a file's end; its first one may have begun before."""
    return list(_parse(tail, delimiter, for_csv(quoting, tail)))[1:] if tail else []
