"""A delimited text file (CSV and its kin) of the project's own folder."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from medallion.errors import SourceRefused, SourceUnavailable
from medallion.records import RecordLayout
from medallion.sources.base import ExtractRequest, Landing, PartWriter, SourceModel
from medallion.sources.dialects import find_delimiter, find_quote, read_header
from medallion.sources.encodings import EncodingWatch, spoken
from medallion.sources.record_count import CHUNK_BYTES, count_records, undecodable

OneCharacter = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]$")]

SAMPLE_CHARACTERS = 256 * 1024


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
        """The file, byte for byte, as one part; its records are counted while it is read.

        Raises:
            SourceRefused: it is not there, or not what the spec says that it is.
            SourceUnavailable: it was being written while it was read.
        """
        file = self._file(request.project_root)
        try:
            return self._land(file, landing)
        except OSError as error:
            raise SourceRefused(
                f"{self.path} cannot be read: {error.strerror}",
                remedy="may Airflow's user read it?",
            ) from None

    def _land(self, file: Path, landing: Landing) -> RecordLayout:
        before = _state(file)
        with landing.part(_part_name(file)) as part:
            encoding = _copy(file, part, EncodingWatch(path=self.path, declared=self.encoding))
            layout = self._layout(file, encoding)
            part.count(count_records(self.path, file, layout))
            if _state(file) != before:
                raise SourceUnavailable(
                    f"{self.path} was changed while it was read",
                    remedy="the task is tried again; write such a file under another name and "
                    "rename it when it is whole",
                )
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
        try:
            with file.open(encoding=encoding, newline="") as text:
                sample = text.read(SAMPLE_CHARACTERS)
        except UnicodeError as error:
            raise undecodable(self.path, encoding, error, 1) from None
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


def _part_name(file: Path) -> str:
    """The file's own name, without what readers take for a pattern or a folder."""
    return re.sub(r"[^\w.-]", "_", file.name)


def _state(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
