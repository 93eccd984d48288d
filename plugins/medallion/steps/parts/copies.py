"""Copies of landed parts that are not written as the engines read them; the parts stay as they are.

Each takes the place of the one before in the folder: the disk holds one part at a time.
"""

from __future__ import annotations

import codecs
import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from medallion.records import RecordLayout
from medallion.sources.formats import json_documents, workbooks
from medallion.sources.formats.compressions import CHUNK_BYTES, has_padding, open_compressed
from medallion.steps.parts.exact_parquet import exactly_readable

_LARGEST_FIELD_CHARACTERS = 64 * 1024 * 1024


def readable(part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
    """The part where it is a CSV or JSON Lines in UTF-8, plain or gzip; else such a copy of it.

    A part of Parquet is itself where the engine reads its values exactly.

    Raises:
        DataRejected: its values cannot be read exactly.
        SourceRefused, SetupError: it is not what was landed.
    """
    if layout.format == "json":
        return _as_json_lines(part, layout, folder / "records.jsonl")
    if layout.format == "parquet":
        return exactly_readable(part, layout, folder / "exact.parquet")
    if layout.format == "excel":
        copy = folder / "records.csv"
        return copy, workbooks.as_csv(part, part.name, layout, copy)
    if not _is_utf8(layout.encoding):
        return _as_utf8(part, layout, folder / "utf-8")
    padded = layout.compression == "gzip" and has_padding(part)
    if layout.compression in ("none", "gzip") and not padded:
        return part, layout
    copy = folder / "unpacked"
    with open_compressed(part, layout.compression, part.name) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, CHUNK_BYTES)
    return copy, replace(layout, compression="none")


def with_one_line_end(part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
    """A copy in which every record ends in LF; line ends inside of fields are left alone.

    DuckDB's reader takes mixed line ends only in a mode that loses fields silently.
    """
    copy = folder / "one-line-end"
    dialect: dict[str, Any] = {"delimiter": layout.delimiter, "quotechar": layout.quote}
    csv.field_size_limit(_LARGEST_FIELD_CHARACTERS)
    with _text(part, layout) as source, copy.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n", **dialect)
        writer.writerows(row for row in csv.reader(source, **dialect) if row)
    return copy, replace(layout, encoding="utf-8", compression="none")


def _as_json_lines(part: Path, layout: RecordLayout, copy: Path) -> tuple[Path, RecordLayout]:
    with copy.open("wb") as target:
        for record in json_documents.records_of(part, part.name, layout):
            target.write(record)
            target.write(b"\n")
    return copy, RecordLayout(format="jsonl")


def _as_utf8(part: Path, layout: RecordLayout, copy: Path) -> tuple[Path, RecordLayout]:
    with _text(part, layout) as source, copy.open("w", encoding="utf-8", newline="") as target:
        shutil.copyfileobj(source, target, CHUNK_BYTES)
    return copy, replace(layout, encoding="utf-8", compression="none")


@contextmanager
def _text(part: Path, layout: RecordLayout) -> Iterator[IO[str]]:
    encoding = "utf-8-sig" if _is_utf8(layout.encoding) else layout.encoding
    with open_compressed(part, layout.compression, part.name) as content:
        yield io.TextIOWrapper(content, encoding=encoding, newline="")


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
