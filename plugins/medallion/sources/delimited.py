"""Files of the project's own folder: delimited text (CSV and its kin) and JSON Lines."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.records import RecordLayout
from medallion.sources.base import ExtractRequest, Landing, PartWriter, SourceModel
from medallion.sources.dialects import find_delimiter, find_quote, read_header
from medallion.sources.encodings import EncodingWatch, spoken
from medallion.sources.json_lines import check_encoding, count_lines
from medallion.sources.project_files import (
    Compression,
    compression_of,
    files_of,
    opened,
    part_names,
)
from medallion.sources.record_count import CHUNK_BYTES, count_records, undecodable

OneCharacter = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]$")]

SAMPLE_CHARACTERS = 256 * 1024


class FileSource(SourceModel):
    """One file below the project's root, or all that are named by a pattern."""

    type: Literal["file"]
    format: Literal["csv", "jsonl"] = "csv"
    """csv: delimited text with a header. jsonl: one JSON object a line, in UTF-8."""
    path: str
    """Relative to the project's root; it cannot leave it. `sales/2026-*.csv` and `**/*.csv` name
    several files: they are laid out alike, and each is a part of the landing."""
    compression: Compression | None = None
    """By the name's ending (.gz) where it is not given."""
    delimiter: OneCharacter | None = None
    """csv: detected where it is not given."""
    quote: OneCharacter | None = None
    """csv: detected where it is not given."""
    encoding: str | None = None
    """csv: utf-8 (with or without BOM), latin-1, windows-1252 …; detected where it is not given."""

    def paths(self) -> Iterable[tuple[str, str]]:
        return (("path", self.path),)

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """The files, byte for byte, a part each; their records are counted while they are read.

        Raises:
            SourceRefused: one is not there, or not what the spec says that it is.
            SourceUnavailable: one was being written while it was read.
        """
        root = request.project_root
        files = files_of(root, self.path)
        layouts: dict[RecordLayout, str] = {}
        for number, (file, part) in enumerate(zip(files, part_names(root, files), strict=True)):
            name = self.path if len(files) == 1 else str(file.relative_to(root.resolve()))
            try:
                layouts.setdefault(_landed(self, file, name, part, landing), name)
            except OSError as error:
                raise SourceRefused(
                    f"{name} cannot be read: {error.strerror}",
                    remedy="may Airflow's user read it?",
                ) from None
            landing.progress(number + 1, len(files), "files")
        if len(layouts) > 1:
            raise _unlike(*list(layouts.items())[:2])
        (layout,) = layouts
        landing.note("encoding", spoken(layout.encoding))
        if self.format == "csv":
            landing.note("delimiter", layout.delimiter)
        return layout


def _landed(
    source: FileSource, file: Path, name: str, part_name: str, landing: Landing
) -> RecordLayout:
    before = _state(file)
    compression = compression_of(file, source.compression)
    watch = EncodingWatch(path=name, declared=source.encoding)
    with landing.part(part_name) as part:
        _copy(file, part, watch if compression == "none" else None)
        if compression != "none":
            _watch(file, name, compression, watch)
        encoding = watch.conclude()
        if source.format == "csv":
            layout = _csv_layout(source, file, name, compression, encoding)
            part.count(count_records(name, file, layout))
        else:
            check_encoding(name, encoding)
            layout = RecordLayout(format="jsonl", compression=compression)
            part.count(count_lines(name, file, compression))
        if _state(file) != before:
            raise SourceUnavailable(
                f"{name} was changed while it was read",
                remedy="the task is tried again; write such a file under another name and "
                "rename it when it is whole",
            )
    return layout


def _csv_layout(
    source: FileSource, file: Path, name: str, compression: Compression, encoding: str
) -> RecordLayout:
    try:
        with opened(file, compression, name) as content:
            text = io.TextIOWrapper(content, encoding=encoding, newline="")
            sample = text.read(SAMPLE_CHARACTERS)
    except UnicodeError as error:
        raise undecodable(name, encoding, error, 1) from None
    quote = find_quote(sample, source.quote)
    delimiter = find_delimiter(name, sample, quote, source.delimiter)
    return RecordLayout(
        format="csv",
        compression=compression,
        encoding=encoding,
        delimiter=delimiter,
        quote=quote,
        columns=read_header(name, sample, delimiter, quote),
    )


def _unlike(one: tuple[RecordLayout, str], other: tuple[RecordLayout, str]) -> SourceRefused:
    """What the first two differ in."""
    for what in ("columns", "delimiter", "quote", "encoding", "compression"):
        ours, theirs = (_shown(getattr(layout, what)) for layout, _ in (other, one))
        if ours != theirs:
            break
    declare = "" if what == "columns" else f"declare `{what}`, "
    return SourceRefused(
        f"{other[1]} is not laid out as {one[1]}: its {what}: {ours}; there: {theirs}",
        remedy=f"{declare}mend the file, make the pattern narrower, or make two datasets of them",
    )


def _shown(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _copy(file: Path, part: PartWriter, watch: EncodingWatch | None) -> None:
    """The bytes as they are; looked at on the way, where they are not compressed."""
    with file.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            part.write(chunk)
            if watch is not None:
                watch.feed(chunk)
    if watch is not None:
        watch.feed(b"", final=True)


def _watch(file: Path, name: str, compression: Compression, watch: EncodingWatch) -> None:
    with opened(file, compression, name) as content:
        while chunk := content.read(CHUNK_BYTES):
            watch.feed(chunk)
    watch.feed(b"", final=True)


def _state(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
