"""Delimited text: CSV and its variants."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.formats.compressions import open_compressed
from medallion.sources.formats.dialects import find_delimiter, find_quote, read_header
from medallion.sources.formats.encodings import codec_name, display_name
from medallion.sources.formats.file_format import FileAtHand, FileFormat, KeyProblem
from medallion.sources.formats.record_count import count_records, undecodable
from medallion.sources.formats.text_copies import readable_text

SAMPLE_CHARACTERS = 256 * 1024
_ENCODINGS = ("utf-8", "latin-1", "windows-1252", "utf-16", "iso-8859-15")


OneCharacter = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]$")]


class DelimitedKeys(SpecModel):
    """What an author may say of delimited text."""

    delimiter: OneCharacter | None = None
    """csv: detected where it is not given."""
    quote: OneCharacter | None = None
    """csv: detected where it is not given."""
    encoding: str | None = None
    """csv: utf-8 (with or without BOM), latin-1, windows-1252 …; detected where it is not given."""


def file_encoding(said: DelimitedKeys) -> Iterator[KeyProblem]:
    """A file's encoding is a text encoding that Python knows."""
    if said.encoding is not None and codec_name(said.encoding) is None:
        problem = f"{said.encoding!r} is not a text encoding"
        yield KeyProblem(key="encoding", problem=problem, known=_ENCODINGS)


def quote_is_not_delimiter(said: DelimitedKeys) -> Iterator[KeyProblem]:
    """A file's quote and its delimiter are two characters."""
    if said.quote and said.quote == said.delimiter:
        yield KeyProblem(
            key="quote",
            problem=f"{said.quote!r} is the delimiter too",
            remedy="leave both out: they are detected",
        )


class Delimited(FileFormat):
    """Text with a header, and a line or more for each record."""

    keys = DelimitedKeys
    rules = (file_encoding, quote_is_not_delimiter)

    def declared_encoding(self, said: DelimitedKeys) -> str | None:
        """What `encoding` says."""
        return said.encoding

    def examine(self, file: FileAtHand, said: DelimitedKeys) -> tuple[RecordLayout, int]:
        """The layout and the number of records, by the dialect that is declared or detected."""
        return examine(file, said.delimiter, said.quote)

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """Itself in UTF-8, plain or gzip; else a copy in UTF-8."""
        return readable_text(part, layout, folder)

    def facts(self, layout: RecordLayout) -> Mapping[str, object]:
        """Encoding and delimiter, which may have been detected."""
        return {"encoding": display_name(layout.encoding), "delimiter": layout.delimiter}


def examine(file: FileAtHand, delimiter: str | None, quote: str | None) -> tuple[RecordLayout, int]:
    """A file's layout and its number of records. What is declared is checked.

    Raises:
        SourceRefused: it has no header, a repeated name in it, or is not as declared.
    """
    try:
        with open_compressed(file.path, file.compression, file.name) as content:
            text = io.TextIOWrapper(content, encoding=file.encoding, newline="")
            sample = text.read(SAMPLE_CHARACTERS)
    except UnicodeError as error:
        raise undecodable(file.name, file.encoding, error, 1) from None
    found_quote = find_quote(sample, quote)
    found_delimiter = find_delimiter(file.name, sample, found_quote, delimiter)
    layout = RecordLayout(
        format="csv",
        compression=file.compression,
        encoding=file.encoding,
        delimiter=found_delimiter,
        quote=found_quote,
        columns=read_header(file.name, sample, found_delimiter, found_quote),
    )
    return layout, count_records(file.name, file.path, layout)
