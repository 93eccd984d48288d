"""Text whose columns are places in a line: landed as it is, read by a copy in the normal form."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import IO, Annotated, Any

from pydantic import Field

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.base.source import KeyProblem
from medallion.sources.formats.delimited_rows import MOST_KEPT, Row
from medallion.sources.formats.encodings import display_name
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.normal_form import COMMENTS, normal_file
from medallion.sources.formats.record_count import LARGEST_FIELD_CHARACTERS, undecodable
from medallion.sources.formats.shaped_table import BEFORE, COMMENT, FOOTER, PADDED, ShapedTable
from medallion.sources.formats.table_keys import RowKeys, TextKeys, file_encoding, table_footer
from medallion.sources.formats.table_shape import TableShape
from medallion.sources.formats.text_copies import open_text

_SPANS = "spans"
_MARK = "\ufeff"
MOST_CHARACTERS = 16_000_000
"""Of all columns of a record together: the same place may be in several."""
_Name = Annotated[str, Field(min_length=1)]
_Place = Annotated[int, Field(ge=1, le=1_000_000)]
Span = Annotated[tuple[_Place, _Place], Field(strict=False)]


class FixedWidthKeys(RowKeys, TextKeys):
    """What an author says of text whose columns are places in a line."""

    columns: dict[_Name, Span] = {}
    """fixed_width: each column's first and last character in a line, counted from 1: {id: [1, 8],
    name: [9, 30]}. Blanks around a value are not part of it."""
    widths: dict[_Name, _Place] = {}
    """fixed_width: instead of that, how many characters each column has, one after the other: {id:
    8, name: 22}."""


def fixed_width_columns(said: FixedWidthKeys) -> Iterator[KeyProblem]:
    """Text of fixed width says where its columns are, in one way; each ends where it begins, or
    behind it."""
    if bool(said.columns) == bool(said.widths):
        yield KeyProblem(
            key="columns",
            problem="`widths` says already where the columns are"
            if said.widths
            else "where the columns are in a line is not said",
            remedy="remove one of the two"
            if said.widths
            else "add `columns: {id: [1, 8], name: [9, 30]}`, in characters from 1",
        )
    widths = said.widths.values() or [1 + last - first for first, last in said.columns.values()]
    if sum(widths) > MOST_CHARACTERS:
        yield KeyProblem(
            key="widths" if said.widths else "columns",
            problem=f"its columns have {sum(widths):,} characters together, and "
            f"{MOST_CHARACTERS:,} are the most",
            remedy="make them narrower",
        )
    for name, (first, last) in said.columns.items():
        if last < first:
            yield KeyProblem(
                key="columns",
                problem=f"{name} ends at {last}, before it begins at {first}",
                remedy="write its first character, then its last one",
            )


class FixedWidth(FileFormat):
    """Text with a record a line, and no header."""

    keys = FixedWidthKeys
    rules = (fixed_width_columns, file_encoding, table_footer)
    suffixes = (".fwf",)
    values_are_texts = True

    def read_declared_encoding(self, said: FixedWidthKeys) -> str | None:
        """`encoding` of the source; None where it is to be found from the bytes."""
        return said.encoding

    def examine(self, file: FileAtHand, said: FixedWidthKeys) -> tuple[RecordLayout, int]:
        """The layout and the number of records: all of it is read as its copy will be."""
        spans = spans_of(said)
        shape = TableShape(
            skip_rows=said.skip_rows,
            column_names=tuple(spans),
            skip_footer=said.skip_footer,
            footer=said.footer,
            comment=said.comment or "",
            pad_short_rows=said.pad_short_rows,
        )
        layout = RecordLayout(
            format="fixed_width",
            compression=file.compression,
            encoding=file.encoding,
            columns=shape.column_names,
            own=(*shape.pairs(), (_SPANS, json.dumps(list(spans.values())))),
        )
        with _open(file.path, layout, file.name) as (table, rows):
            records = sum(1 for _ in table.records())
        table.passed.add(BEFORE, rows.skipped)
        table.passed.add(COMMENT, rows.commented)
        file.remarks.warnings += table.find_doubts()
        file.remarks.looks[file.name] = table.looks
        if records and rows.padded >= records:
            file.remarks.warnings.append(
                f"{file.name}: no line is as long as `columns` say: have the places changed?"
            )
        left_out = {**table.left_out, COMMENTS: rows.comments, PADDED: rows.padded}
        file.remarks.counts.update({what: count for what, count in left_out.items() if count})
        if shape.footer and not left_out.get(FOOTER):
            file.remarks.warnings.append(
                f"{file.name}: `footer` matches no row: has its footer gone?"
            )
        return layout, records

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """A copy as CSV, in the normal form."""
        with _open(part, layout, part.name) as (table, _):
            return normal_file(table, replace(layout, delimiter=",", quote='"'), folder)

    def facts(self, layout: RecordLayout) -> Mapping[str, object]:
        """The encoding, which may have been detected."""
        return {"encoding": display_name(layout.encoding)}


def spans_of(said: FixedWidthKeys) -> dict[str, tuple[int, int]]:
    """The places of columns by their names, from 0 and half open.

    >>> spans_of(FixedWidthKeys(widths={"id": 8, "name": 22}))
    {'id': (0, 8), 'name': (8, 30)}
    """
    if said.columns:
        return {name: (first - 1, last) for name, (first, last) in said.columns.items()}
    ends = list(accumulate(said.widths.values()))
    return dict(zip(said.widths, pairwise([0, *ends]), strict=True))


@contextmanager
def _open(part: Path, layout: RecordLayout, name: str) -> Iterator[tuple[ShapedTable, _Lines]]:
    """A part's table, and the lines that it takes.

    Raises:
        SourceRefused: in the block too: it is not text, or no line is as long as its columns say.
    """
    shape = TableShape.of(layout.own)
    spans = [tuple(span) for span in json.loads(dict(layout.own)[_SPANS])]
    lines = None
    try:
        with open_text(part, layout) as text:
            lines = _Lines(text, spans, shape, name)
            table = ShapedTable(
                lines,
                shape,
                name,
                wrong_width="fix the places in `columns`: they are counted in characters from 1; "
                "`pad_short_rows: true` accepts lines whose blanks at the end were cut off",
            )
            yield table, lines
    except UnicodeError as error:
        line = lines.line + 1 if lines else 1
        raise undecodable(name, layout.encoding, error, line) from None


class _Lines:
    """The rows of a text by the places of their fields.

    A line that is too short has fewer fields than there are columns, one with more than blanks
    behind the last column has one more: neither is a record.
    """

    def __init__(
        self, text: IO[str], spans: list[tuple[Any, ...]], shape: TableShape, name: str
    ) -> None:
        self._text = text
        self._spans = spans
        self._end = max(end for _, end in spans)
        self._shape = shape
        self._name = name
        self.line = 0
        """The last line that was read, from 1."""
        self.comments = 0
        self.padded = 0
        """Lines that end before their last column does."""
        self.skipped: deque[Row] = deque(maxlen=MOST_KEPT)
        self.commented: list[Row] = []

    def __iter__(self) -> Iterator[Row]:
        while text := self._text.readline(LARGEST_FIELD_CHARACTERS):
            self.line += 1
            self._hold(text)
            # The mark of UTF-8 is where another file begins that was joined to this one.
            text = text.removeprefix(_MARK).rstrip("\r\n")
            if self.line <= self._shape.skip_rows:
                self.skipped.append(self._leave_out(text))
                continue
            if self._shape.comment and text.startswith(self._shape.comment):
                self.comments += 1
                if len(self.commented) < MOST_KEPT:
                    self.commented.append(self._leave_out(text))
                continue
            yield self._row(text)

    def _leave_out(self, text: str) -> Row:
        """A line that is left out, as the row that it would be; it is not counted."""
        padded = self.padded
        row = self._row(text)
        self.padded = padded
        return row

    def _row(self, text: str) -> Row:
        return Row(self.line, self._fields(text) if text.strip() else [], text=text)

    def _fields(self, text: str) -> list[str]:
        spans = self._spans
        if len(text) < self._end and self._shape.pad_short_rows:
            self.padded += 1
        elif len(text) < self._end:
            spans = [(start, end) for start, end in spans if end <= len(text)]
        fields = [text[start:end].strip() for start, end in spans]
        if not fields:  # of no fields it would be taken for a blank line
            return [text.strip()] if len(self._spans) > 1 else [text.strip(), ""]
        beyond = text[self._end :].strip()
        return [*fields, beyond] if beyond else fields

    def _hold(self, text: str) -> None:
        if "\0" in text or len(text) == LARGEST_FIELD_CHARACTERS:
            raise SourceRefused(
                f"{self._name}, line {self.line}: it has NUL characters, or no end: it is not a "
                "text file with a line for each record, or damaged",
                remedy="write the file again",
            )
