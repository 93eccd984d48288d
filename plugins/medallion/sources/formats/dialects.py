"""The dialect of a delimited file: delimiter, quote and header, declared or detected."""

from __future__ import annotations

import csv
import io
from collections import Counter

from medallion.errors import SourceRefused

DELIMITERS = (",", ";", "\t", "|")
_SHOWN = {"\t": "tab"}
_LINES_LOOKED_AT = 50


def describe_character(character: str) -> str:
    """A character for a message: `tab`, else quoted.

    >>> describe_character("\\t"), describe_character(";")
    ('tab', "';'")
    """
    return _SHOWN.get(character, repr(character))


def find_quote(sample: str, declared: str | None) -> str:
    """The declared quote; else `'` if it encloses fields and `"` does not; else `"`.

    An apostrophe at the start of a field ('Round Midnight) closes none, so it is not a quote.

    >>> find_quote("a;'b';c", None)
    "'"
    """
    if declared:
        return declared
    double, single = _opened_fields(sample, '"'), _opened_fields(sample, "'")
    closed = _closed_fields(sample, "'")
    return "'" if single > double and single * 0.9 <= closed <= single / 0.9 else '"'


def find_delimiter(path: str, sample: str, quote: str, declared: str | None) -> str:
    """The declared delimiter if it splits the header; without one, the delimiter that splits all
    lines alike.

    >>> find_delimiter("orders.csv", "id;name;fee", '"', None)
    ';'

    Raises:
        SourceRefused: the declared one splits nothing, and another does.
    """
    widths = {delimiter: _width(sample, delimiter, quote) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: widths[delimiter])
    if declared is None:
        return best if widths[best] > 1 else ","
    if _width(sample, declared, quote) <= 1 < widths[best]:
        raise SourceRefused(
            f"{path}: the delimiter {describe_character(declared)} finds one column, "
            f"{describe_character(best)} finds {widths[best]}",
            remedy=f"declare `delimiter: {best!r}`, or leave it out",
        )
    return declared


def read_header(path: str, sample: str, delimiter: str, quote: str) -> tuple[str, ...]:
    """The columns' names; a column without one is called `column_<number>`.

    >>> read_header("orders.csv", 'id;"na;me";', ";", '"')
    ('id', 'na;me', 'column_3')

    Raises:
        SourceRefused: there is no header, or a name occurs twice.
    """
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote)
    header = next((row for row in reader if row), None)
    if header is None:
        raise SourceRefused(f"{path} is empty", remedy="a file has at least its header")
    if sample.startswith(("\r", "\n")) or not any(name.strip() for name in header):
        raise SourceRefused(
            f"{path} has no header: its first line names no column",
            remedy="write the names of the columns into the first line",
        )
    names = tuple(name.strip() or f"column_{at}" for at, name in enumerate(header, start=1))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SourceRefused(
            f"{path}: the header has {', '.join(map(repr, twice))} more than once",
            remedy="give each column a name of its own in the file",
        )
    return names


def _width(sample: str, delimiter: str, quote: str) -> int:
    """Fields a line, where most lines agree; 1 where the delimiter does not cut."""
    lines = io.StringIO(sample, newline="")
    rows = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    try:
        found = [len(row) for _, row in zip(range(_LINES_LOOKED_AT), rows, strict=False) if row]
    except csv.Error:
        return 1
    if not found:
        return 1
    width, count = Counter(found).most_common(1)[0]
    agreeing = found[0] == width and count * 2 >= len(found)
    return width if agreeing else 1


def _opened_fields(sample: str, quote: str) -> int:
    starts = sample.startswith(quote)
    return starts + sum(sample.count(before + quote) for before in (*DELIMITERS, "\n"))


def _closed_fields(sample: str, quote: str) -> int:
    ends = sample.endswith(quote)
    return ends + sum(sample.count(quote + after) for after in (*DELIMITERS, "\n", "\r"))
