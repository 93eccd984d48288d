"""Delimited text: CSV and its kin."""

from __future__ import annotations

import io

from medallion.records import RecordLayout
from medallion.sources.formats.compressions import open_compressed
from medallion.sources.formats.dialects import find_delimiter, find_quote, read_header
from medallion.sources.formats.file_at_hand import FileAtHand
from medallion.sources.formats.record_count import count_records, undecodable

SAMPLE_CHARACTERS = 256 * 1024


def examine(file: FileAtHand, delimiter: str | None, quote: str | None) -> tuple[RecordLayout, int]:
    """How a file is read, and how many records it has. What is declared is held against it.

    Raises:
        SourceRefused: it has no header, a name twice in it, or is not what was declared.
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
