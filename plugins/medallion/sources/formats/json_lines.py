"""JSON Lines: one JSON object a line, in UTF-8."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.formats.compressions import CHUNK_BYTES, Compression, open_compressed
from medallion.sources.formats.encodings import display_name, pass_mark
from medallion.sources.formats.file_format import FileAtHand, FileFormat
from medallion.sources.formats.lost_letters import IN_JSON
from medallion.sources.formats.record_count import LARGEST_FIELD_CHARACTERS
from medallion.sources.formats.text_copies import as_utf8, readable_text

_SHOWN = 60


class JsonLines(FileFormat):
    """Each line is a record, or a response body that contains a list of them."""

    suffixes = (".jsonl", ".ndjson")
    writes_lost_letters = IN_JSON
    has_columns = False

    def examine(self, file: FileAtHand, said: object) -> tuple[RecordLayout, int]:
        """The layout, and the number of lines that are not empty."""
        return examine(file)

    def readable(self, part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
        """Itself, plain or gzip; else a copy. The mark of UTF-8, which editors and exports put
        first, is in no copy: the engine would take it for a part of the first record.
        """
        if _has_mark(part, layout):
            return as_utf8(part, layout, folder / "without-mark")
        return readable_text(part, layout, folder)


def _has_mark(part: Path, layout: RecordLayout) -> bool:
    with open_compressed(part, layout.compression, part.name) as content:
        return content.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def examine(file: FileAtHand) -> tuple[RecordLayout, int]:
    """A file's layout and its number of records.

    Raises:
        SourceRefused: it is not JSON Lines, or not UTF-8.
    """
    if file.encoding not in ("utf-8", "utf-8-sig", "ascii"):
        raise SourceRefused(
            f"{file.name} is {display_name(file.encoding)}: JSON Lines are UTF-8",
            remedy="have the file written in UTF-8",
        )
    layout = RecordLayout(format="jsonl", compression=file.compression)
    return layout, count_lines(file.name, file.path, file.compression)


def count_lines(path: str, file: Path, compression: Compression) -> int:
    """The lines that hold something: each is one record. `path` is its name in messages.

    Raises:
        SourceRefused: the first is not a JSON object: it is another kind of file.
    """
    found, rest, first = 0, b"", True
    with open_compressed(file, compression, path) as content:
        pass_mark(content)
        while chunk := content.read(CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    if first:
                        _check_first(path, line)
                        first = False
                    found += 1
            if len(rest) > LARGEST_FIELD_CHARACTERS:
                raise SourceRefused(
                    f"{path} has a line of more than {LARGEST_FIELD_CHARACTERS:,} bytes",
                    remedy="is it one JSON document? Have it written with one record a line",
                )
    if rest.strip():
        if first:
            _check_first(path, rest)
        found += 1
    return found


def _check_first(path: str, line: bytes) -> None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return
    text = line.strip()[:_SHOWN].decode("utf-8", "replace")
    raise SourceRefused(
        f"{path}: its first line is not a JSON object: {text!r}",
        remedy="JSON Lines have one object a line; a file that is one JSON document is read with "
        "`format: json`",
    )
