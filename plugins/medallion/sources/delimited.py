"""A delimited text file (CSV and its kin) of the project's own folder."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.base import ExtractRequest, Landing, PartWriter, SourceModel
from medallion.sources.dialects import find_delimiter, find_quote, read_header
from medallion.sources.encodings import EncodingWatch, spoken

OneCharacter = Annotated[str, StringConstraints(min_length=1, max_length=1)]

CHUNK_BYTES = 1024 * 1024
SAMPLE_CHARACTERS = 256 * 1024
LARGEST_FIELD_CHARACTERS = 64 * 1024 * 1024


class FileSource(SourceModel):
    """A file below the project's root."""

    type: Literal["file"]
    format: Literal["csv"] = "csv"
    path: str
    """Relative to the project's root; it cannot leave it."""
    delimiter: OneCharacter | None = None
    """Detected where it is not given."""
    quote: OneCharacter | None = None
    """Detected where it is not given."""
    encoding: str | None = None
    """utf-8 (with or without BOM), latin-1, windows-1252 …; detected where it is not given."""

    def paths(self) -> Iterable[tuple[str, str]]:
        return (("path", self.path),)

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """The file, byte for byte, as one part.

        Its records are counted while it is read: blank lines are none. The count does not come
        from the reader that cleans the file later, so that the two can be held against each other.

        Raises:
            SourceRefused: it is not there, or not what the spec says that it is.
        """
        file = self._file(request.project_root)
        with landing.part(file.name) as part:
            encoding = _copy(file, part, EncodingWatch(path=self.path, declared=self.encoding))
            layout = self._layout(file, encoding)
            part.count(_records(self.path, file, layout))
        landing.note("encoding", spoken(encoding))
        landing.note("delimiter", layout.delimiter)
        return layout

    def _file(self, root: Path) -> Path:
        file = (root / self.path).resolve()
        if not file.is_relative_to(root.resolve()):
            raise SourceRefused(
                f"{self.path} is outside the project's folder",
                remedy="name a file below it, relative to it",
            )
        if file.is_file():
            return file
        names = [f.name for f in file.parent.iterdir()] if file.parent.is_dir() else []
        close = difflib.get_close_matches(file.name, names, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise SourceRefused(
            f"there is no file {self.path}", remedy=f"{hint}Paths are relative to the project"
        )

    def _layout(self, file: Path, encoding: str) -> RecordLayout:
        with file.open(encoding=encoding, newline="") as text:
            sample = text.read(SAMPLE_CHARACTERS)
        if "\0" in sample:
            raise _nul(self.path)
        quote = find_quote(sample, self.quote)
        delimiter = find_delimiter(self.path, sample, quote, self.delimiter)
        return RecordLayout(
            format="csv",
            encoding=encoding,
            delimiter=delimiter,
            quote=quote,
            columns=read_header(self.path, sample, delimiter, quote),
        )


def _copy(file: Path, part: PartWriter, watch: EncodingWatch) -> str:
    """The bytes as they are; the encoding that they turn out to have."""
    with file.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            watch.feed(chunk)
            part.write(chunk)
    watch.feed(b"", final=True)
    return watch.conclude()


def _records(path: str, file: Path, layout: RecordLayout) -> int:
    """The records after the header."""
    csv.field_size_limit(LARGEST_FIELD_CHARACTERS)
    with file.open("rb") as raw:
        text = io.TextIOWrapper(
            io.BufferedReader(raw, CHUNK_BYTES), encoding=layout.encoding, newline=""
        )
        reader = csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote, strict=True)
        try:
            rows = sum(1 for row in _without_nul(path, reader) if row)
        except csv.Error as error:
            raise SourceRefused(
                f"{path}, line {reader.line_num}: {error}",
                remedy=f"is a quote {layout.quote!r} missing there? Mend the file, or declare "
                "`quote` and `delimiter`",
            ) from None
        except UnicodeDecodeError as error:
            raise SourceRefused(
                f"{path} is not {spoken(layout.encoding)} after line {reader.line_num}: "
                f"{error.reason}",
                remedy="declare the encoding that it is written in",
            ) from None
    return rows - 1


def _without_nul(path: str, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        if any("\0" in field for field in row):
            raise _nul(path)
        yield row


def _nul(path: str) -> SourceRefused:
    return SourceRefused(
        f"{path} has NUL characters: it is not a text file, or damaged",
        remedy="write the file anew; UTF-16 without its mark has to be declared as encoding",
    )
