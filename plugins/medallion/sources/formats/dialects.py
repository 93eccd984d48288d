"""The dialect of a delimited file: delimiter, quote and header, declared or detected."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from itertools import islice

from medallion.errors import SourceRefused
from medallion.sources.formats.delimited_rows import Dialect
from medallion.sources.formats.headers import column_names

DELIMITERS = (",", ";", "\t", "|")
_SHOWN = {"\t": "tab"}
_LINES_LOOKED_AT = 50
_FEWEST_FIELDS = 3
"""In quotes: fewer may be so by chance."""


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
    double, single = _count_opened_fields(sample, '"'), _count_opened_fields(sample, "'")
    closed = _count_closed_fields(sample, "'")
    return "'" if single > double and single * 0.9 <= closed <= single / 0.9 else '"'


def encloses_fields(sample: str, delimiter: str, quote: str) -> bool:
    r"""Whether quotes enclose fields, or nearly all that there are do.

    >>> encloses_fields('a;b\n"1";"x;y"\n"2";"z"\n', ";", '"')
    True
    >>> encloses_fields('a;b\n1;5" bolt\n2;"A" grade\n', ";", '"')
    False
    """
    lines = sample.replace("\r\n", "\n").replace("\r", "\n")
    bare = f"\n{lines}\n"
    opened = bare.count(delimiter + quote) + bare.count("\n" + quote)
    closed = bare.count(quote + delimiter) + bare.count(quote + "\n")
    return min(opened, closed) >= _FEWEST_FIELDS and opened + closed >= 0.9 * bare.count(quote)


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
        raise _splits_nothing(path, declared, best, widths[best])
    return declared


def find_delimiter_of_table(
    path: str, sample: str, dialect: Dialect, declared: str | None, *, names: int
) -> str:
    """The same of a text that begins with the header, or with a record if it has `names` columns
    that are named elsewhere. Its rows need not be equally wide: a footer may be among them.

    >>> find_delimiter_of_table(
    ...     "a.csv", "1,5;2\\n7;1,5\\n", Dialect(delimiter="", quote='"'), None, names=2
    ... )
    ';'

    Raises:
        SourceRefused: the declared one splits no header, and another does.
    """
    found = {each: _row_widths(sample, replace(dialect, delimiter=each)) for each in DELIMITERS}
    if names:
        agreeing = {each: widths.count(names) for each, widths in found.items()}
        best = max(DELIMITERS, key=lambda each: (agreeing[each], each != ","))
        # Of two that agree the comma may be that of numbers: 1,5.
        if declared or (names > 1 and agreeing[best]):
            return declared or best
    headers = {each: widths[0] if widths else 1 for each, widths in found.items()}
    best = max(DELIMITERS, key=lambda each: (_is_like_its_header(found[each]), headers[each]))
    if declared is None:
        return best if headers[best] > 1 else ","
    own = _row_widths(sample, replace(dialect, delimiter=declared))
    if own and own[0] <= 1 < headers[best]:
        raise _splits_nothing(path, declared, best, headers[best])
    return declared


def read_header(path: str, sample: str, delimiter: str, quote: str) -> tuple[str, ...]:
    """The columns' names, as `headers.column_names` makes them.

    >>> read_header("orders.csv", 'id;"na;me";', ";", '"')
    ('id', 'na;me', 'column_3')

    Raises:
        SourceRefused: there is no header.
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
    return column_names(header)


def _splits_nothing(path: str, declared: str, best: str, columns: int) -> SourceRefused:
    return SourceRefused(
        f"{path}: the delimiter {describe_character(declared)} finds one column, "
        f"{describe_character(best)} finds {columns}",
        remedy=f"declare `delimiter: {best!r}`, or leave it out",
    )


def _row_widths(sample: str, dialect: Dialect) -> list[int]:
    rows = csv.reader(io.StringIO(sample, newline=""), **(dialect.for_csv() | {"strict": False}))
    try:
        return [len(row) for row in islice(filter(None, rows), _LINES_LOOKED_AT)]
    except csv.Error:
        return []


def _is_like_its_header(widths: list[int]) -> bool:
    """Whether most rows are as wide as the first, but for a delimiter at their end."""
    alike = sum(abs(width - widths[0]) <= 1 for width in widths)
    return bool(widths) and widths[0] > 1 and alike * 2 >= len(widths)


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


def _count_opened_fields(sample: str, quote: str) -> int:
    starts = sample.startswith(quote)
    return starts + sum(sample.count(before + quote) for before in (*DELIMITERS, "\n"))


def _count_closed_fields(sample: str, quote: str) -> int:
    ends = sample.endswith(quote)
    return ends + sum(sample.count(quote + after) for after in (*DELIMITERS, "\n", "\r"))
