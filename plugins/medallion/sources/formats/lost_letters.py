"""U+FFFD in a text: a program that could not read a letter wrote it in the letter's place. What was
there is lost, and only the file's owner can bring it back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from medallion.sources.formats.compressions import CHUNK_BYTES, Compression, open_compressed

LOST = "\ufffd"
IN_JSON = (b"\\ufffd", b"\\uFFFD")
"""As JSON may write it, beside its bytes in UTF-8."""
IN_XML = (b"&#xFFFD;", b"&#xfffd;", b"&#65533;")
_LOST = LOST.encode()
_LONGEST = 8
"""Bytes of a way to write it."""
_AROUND = 24
"""Bytes of an example on each side."""


@dataclass(slots=True)
class LostLetterWatch:
    """Sees every chunk of a file, and whether U+FFFD is in it."""

    written: Sequence[bytes] = ()
    """How it may be written beside its bytes in UTF-8."""
    seen: bool = False
    _tail: bytes = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if self.seen:
            return
        edge = self._tail + chunk[: _LONGEST - 1]
        # One byte is looked for ten times as fast as three.
        if _LOST[:1] in chunk or _LOST[:1] in self._tail:
            self.seen = _LOST in chunk or _LOST in edge
        self.seen = self.seen or any(one in chunk or one in edge for one in self.written)
        self._tail = (self._tail + chunk[1 - _LONGEST :])[1 - _LONGEST :]


@dataclass(frozen=True, slots=True)
class WatchedContent:
    """A file's bytes, which a watch sees as they are read."""

    content: BinaryIO
    watch: LostLetterWatch

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        chunk = self.content.read(size)
        self.watch.feed(chunk)
        return chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class LostLetters:
    """How many there are in a file, and where the first one is."""

    number: int
    line: int
    example: str
    """The first with what is around it: a value of the data."""
    sheet: str = ""
    """Of a workbook: then `line` is its row there."""

    @property
    def place(self) -> str:
        """Where the first one is, in words."""
        return f"sheet {self.sheet!r}, row {self.line}" if self.sheet else f"line {self.line}"


def count_lost_letters(
    file: Path, compression: Compression, name: str, written: Sequence[bytes] = ()
) -> LostLetters:
    """Count them, in a file that has some."""
    pattern = re.compile(b"|".join(map(re.escape, (_LOST, *written))))
    number = line = 0
    example = b""
    lines, tail = 1, b""
    with open_compressed(file, compression, name) as content:
        while chunk := content.read(CHUNK_BYTES):
            text = tail + chunk
            found = list(pattern.finditer(text))
            number += len(found)
            if found and not line:
                line = lines + text.count(b"\n", 0, found[0].start())
                example = _around(text, *found[0].span())
            known = found[-1].end() if found else 0
            keep = max(known, len(text) - _LONGEST + 1)
            lines += text.count(b"\n", 0, keep)
            tail = text[keep:]
    return LostLetters(number=number, line=line, example=example.decode("utf-8", "ignore"))


def _around(text: bytes, start: int, end: int) -> bytes:
    begin = max(start - _AROUND, text.rfind(b"\n", 0, start) + 1)
    stop = text.find(b"\n", end)
    return text[begin : min(stop if stop >= 0 else len(text), end + _AROUND)].strip()
