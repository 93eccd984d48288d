"""Copies of text parts that the engines can read: in UTF-8, plain or gzip."""

from __future__ import annotations

import codecs
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from medallion.records import RecordLayout
from medallion.sources.formats.compressions import (
    CHUNK_BYTES,
    Compression,
    has_padding,
    open_compressed,
)


def readable_text(part: Path, layout: RecordLayout, folder: Path) -> tuple[Path, RecordLayout]:
    """The part if it is in UTF-8, plain or gzip; else a copy that is."""
    if not _is_utf8(layout.encoding):
        return as_utf8(part, layout, folder / "utf-8")
    padded = layout.compression == "gzip" and has_padding(part)
    if layout.compression in ("none", "gzip") and not padded:
        return part, layout
    copy = folder / "unpacked"
    with open_compressed(part, layout.compression, part.name) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, CHUNK_BYTES)
    return copy, replace(layout, compression="none")


@contextmanager
def open_text(part: Path, layout: RecordLayout) -> Iterator[IO[str]]:
    """A part's characters without a byte order mark; line ends are kept."""
    with open_encoded(part, layout.compression, part.name, layout.encoding) as text:
        yield text


@contextmanager
def open_encoded(
    file: Path, compression: Compression, name: str, encoding: str
) -> Iterator[IO[str]]:
    """The same of a file, which is known by its name in messages."""
    codec = "utf-8-sig" if _is_utf8(encoding) else encoding
    with open_compressed(file, compression, name) as content:
        yield io.TextIOWrapper(content, encoding=codec, newline="")


def as_utf8(part: Path, layout: RecordLayout, copy: Path) -> tuple[Path, RecordLayout]:
    """A copy in UTF-8, not compressed, without a byte order mark; line ends are kept."""
    with open_text(part, layout) as source, copy.open("w", encoding="utf-8", newline="") as target:
        shutil.copyfileobj(source, target, CHUNK_BYTES)
    return copy, replace(layout, encoding="utf-8", compression="none")


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
