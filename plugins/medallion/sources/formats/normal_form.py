"""Delimited tables of any shape, counted at landing and copied into the form that the engines read:
UTF-8, one header, quotes as in RFC 4180, LF at each record's end, the records in their order.

Beside the copy lies a file that leads from its lines to those of the part: a line that is
quarantined is named as its owner sees it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from medallion.records import DECIMAL, RecordLayout
from medallion.sources.formats.delimited_rows import DelimitedRows, Dialect
from medallion.sources.formats.record_count import undecodable
from medallion.sources.formats.shaped_table import ShapedTable
from medallion.sources.formats.table_shape import TableShape
from medallion.sources.formats.text_copies import open_text

COMMENTS = "comment_lines"
"""How a landing's manifest notes their number."""
_LINES = ".lines"


@contextmanager
def open_table(part: Path, layout: RecordLayout, name: str) -> Iterator[tuple[ShapedTable, Any]]:
    """A part's table by its layout's shape, and the rows that it takes.

    Raises:
        SourceRefused: in the block too: it is not of that shape, dialect or encoding.
    """
    shape = TableShape.of(layout.own)
    rows = None
    try:
        with open_text(part, layout) as text:
            rows = DelimitedRows(text, _dialect(layout, shape), name, skip=shape.lines_before)
            yield ShapedTable(rows, shape, name, separator=layout.delimiter), rows
    except UnicodeError as error:
        raise undecodable(name, layout.encoding, error, rows.line + 1 if rows else 1) from None


def normal_copy(part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
    """A copy of a part in the normal form, and its layout. What is not a record is not in it; a
    record with too many or too few fields is.

    Raises:
        SourceRefused: it is not as it was landed.
    """
    with open_table(part, layout, part.name) as (table, _):
        return normal_file(table, layout, folder)


def normal_file(
    table: ShapedTable, layout: RecordLayout, folder: Path
) -> tuple[Path, RecordLayout]:
    """A table written in the normal form, with the layout's delimiter and quote; and its own
    layout."""
    copy = folder / "normal.csv"
    quote = layout.quote or '"'
    with (
        copy.open("w", encoding="utf-8", newline="") as target,
        _beside(copy).open("w", encoding="ascii") as lines,
    ):
        write_normal(target, lines, table, delimiter=layout.delimiter, quote=quote)
    return copy, RecordLayout(
        format="csv",
        delimiter=layout.delimiter,
        quote=quote,
        columns=table.columns,
        own=tuple(pair for pair in layout.own if pair[0] == DECIMAL),
    )


def write_normal(
    target: IO[str], lines: IO[str], table: ShapedTable, *, delimiter: str, quote: str
) -> None:
    """Write a table; and into `lines` a pair for each line from which on the distance between the
    lines of the copy and those of the part is another one."""
    write = row_writer(target, delimiter=delimiter, quote=quote)
    write(table.columns)
    at = 2 + _breaks(table.columns)
    distance: int | None = None
    for row in table.records():
        write(row.fields)
        if row.line - at != distance:
            distance = row.line - at
            lines.write(f"{at} {row.line}\n")
        at += 1 + row.breaks


def row_writer(
    target: IO[str], *, delimiter: str = ",", quote: str = '"'
) -> Callable[[Sequence[str]], object]:
    """Writes rows into a file that was opened with `newline=""`: what is read back is equal."""
    dialect: dict[str, Any] = {
        "delimiter": delimiter,
        "quotechar": quote,
        "lineterminator": "\n",
    }
    plain = csv.writer(target, **dialect)
    # csv leaves a carriage return without quotes where lines end in something else.
    quoted = csv.writer(target, quoting=csv.QUOTE_ALL, **dialect)

    def write(fields: Sequence[str]) -> object:
        return (quoted if any("\r" in field for field in fields) else plain).writerow(fields)

    return write


@contextmanager
def original_lines(copy: Path) -> Iterator[Callable[[int], int]]:
    """The line of the part for a line of what the engine read, which may be the part itself. Lines
    are asked for in their order."""
    if not _beside(copy).exists():
        yield _itself
        return
    with _beside(copy).open(encoding="ascii") as pairs:
        yield _Distances(pairs).original


class _Distances:
    def __init__(self, pairs: IO[str]) -> None:
        self._pairs = (tuple(map(int, pair.split())) for pair in pairs)
        self._distance = 0
        self._next = next(self._pairs, None)

    def original(self, line: int) -> int:
        """The line in the part of this line of the copy."""
        while self._next is not None and self._next[0] <= line:
            self._distance = self._next[1] - self._next[0]
            self._next = next(self._pairs, None)
        return line + self._distance


def _itself(line: int) -> int:
    return line


def _beside(copy: Path) -> Path:
    return copy.with_name(copy.name + _LINES)


def _breaks(fields: tuple[str, ...]) -> int:
    return sum(field.count("\n") + field.count("\r") - field.count("\r\n") for field in fields)


def _dialect(layout: RecordLayout, shape: TableShape) -> Dialect:
    return Dialect(
        delimiter=layout.delimiter,
        quote=layout.quote if shape.quoted else "",
        escape=shape.escape,
        comment=shape.comment,
    )
