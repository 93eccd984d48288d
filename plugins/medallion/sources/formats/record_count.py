"""How many records a delimited file has, counted while nothing of it is kept.

Blank lines are not records, and the header is none. The count is not the one of the reader that
cleans the file later, so that the two can be held against each other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.formats.compressions import CHUNK_BYTES, open_compressed
from medallion.sources.formats.encodings import ASCII_BASED, display_name, pass_mark
from medallion.sources.formats.quoted_records import count_quoted

if TYPE_CHECKING:
    import _csv  # where csv's types live

LARGEST_FIELD_CHARACTERS = 64 * 1024 * 1024
LARGE_BYTES = 4 * 1024 * 1024
"""A smaller file is counted sooner than numpy is imported."""


def count_records(path: str, file: Path, layout: RecordLayout) -> int:
    """The records after the header; `path` is the file's name in messages.

    Raises:
        SourceRefused: a quote is not closed, or the text is not in the layout's encoding.
    """
    rows = _count_filled_lines(path, file, layout) if layout.encoding in ASCII_BASED else None
    if rows is None:
        rows = _count_quoted_records(path, file, layout)
    if rows is None:
        rows = _count_parsed_rows(path, file, layout)
    return rows - 1


def undecodable(path: str, encoding: str, error: UnicodeError, line: int) -> SourceRefused:
    """What to say when a file turns out not to be in its encoding, on this line or after it."""
    reason = getattr(error, "reason", error)
    return SourceRefused(
        f"{path} is not {display_name(encoding)}: on line {line} or after it: {reason}",
        remedy="declare the encoding that it is written in",
    )


def _count_filled_lines(path: str, file: Path, layout: RecordLayout) -> int | None:
    """Lines that are not empty, at the speed of the disk.

    None where lines are not records: the file has quotes, or line ends of old Macs.
    """
    mark = layout.quote.encode(layout.encoding.removesuffix("-sig"), "ignore")
    rows, rest = 0, b""
    with open_compressed(file, layout.compression, path) as raw:
        pass_mark(raw)
        while chunk := raw.read(CHUNK_BYTES):
            text = (rest + chunk).replace(b"\r\n", b"\n")
            if mark in text or text.find(b"\r", 0, len(text) - 1) >= 0:
                return None
            whole, _, rest = text.rpartition(b"\n")
            rows += _count_filled(whole)
            if len(rest) > LARGEST_FIELD_CHARACTERS:
                return None
    return None if rest.endswith(b"\r") else rows + _count_filled(rest)


def _count_filled(lines: bytes) -> int:
    """Lines that are not empty, of lines without the end of the last one."""
    if not lines or lines[:1] == b"\n" or lines[-1:] == b"\n" or b"\n\n" in lines:
        return sum(1 for line in lines.split(b"\n") if line)
    return lines.count(b"\n") + 1


def _count_quoted_records(path: str, file: Path, layout: RecordLayout) -> int | None:
    """Records of a large file with quotes; None where the csv module has to count them."""
    codes = [character.encode(errors="replace") for character in (layout.delimiter, layout.quote)]
    if (
        layout.encoding not in ASCII_BASED
        or any(len(code) != 1 for code in codes)
        or file.stat().st_size < LARGE_BYTES
    ):
        return None
    delimiter, quote = (code[0] for code in codes)
    with open_compressed(file, layout.compression, path) as raw:
        pass_mark(raw)
        chunks = iter(partial(raw.read, CHUNK_BYTES), b"")
        return count_quoted(
            chunks, delimiter=delimiter, quote=quote, longest=LARGEST_FIELD_CHARACTERS
        )


def _count_parsed_rows(path: str, file: Path, layout: RecordLayout) -> int:
    with open_compressed(file, layout.compression, path) as raw:
        reader = _reader(raw, layout)
        rows = reader if layout.encoding in ASCII_BASED else _without_nul(path, reader)
        try:
            return sum(map(bool, rows))
        except csv.Error as error:
            start = _start_of_broken_record(path, file, layout)
            raise SourceRefused(
                f"{path}, the record from line {start} on: {error}",
                remedy=f"is a quote {layout.quote} missing there, or one too many? Fix the file, "
                "or declare its `quote` and `delimiter`",
            ) from None
        except UnicodeError as error:
            raise undecodable(path, layout.encoding, error, reader.line_num + 1) from None


def _reader(raw: BinaryIO, layout: RecordLayout) -> _csv.Reader:
    csv.field_size_limit(LARGEST_FIELD_CHARACTERS)
    text = io.TextIOWrapper(raw, encoding=layout.encoding, newline="")
    return csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote, strict=True)


def _start_of_broken_record(path: str, file: Path, layout: RecordLayout) -> int:
    """The line on which it begins: where a quote is not closed, it ends at the end of the file."""
    with open_compressed(file, layout.compression, path) as raw:
        reader = _reader(raw, layout)
        start = 1
        try:
            for _ in reader:
                start = reader.line_num + 1
        except csv.Error:
            pass
        return start


def _without_nul(path: str, rows: Iterable[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        if any("\0" in field for field in row):
            raise SourceRefused(
                f"{path} has NUL characters: it is not a text file, or damaged",
                remedy="write the file again",
            )
        yield row
