"""U+FFFD in a text: a program that could not read a letter wrote it in the letter's place. What was
there is lost, and only the file's owner can bring it back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from medallion.sources.formats.compressions import CHUNK_BYTES, Compression, open_compressed
from medallion.sources.formats.encodings import ASCII_BASED, has_one_byte_letters
from medallion.sources.formats.text_copies import open_encoded

LOST = "\ufffd"
IN_JSON = (b"\\ufffd", b"\\uFFFD")
"""As JSON may write it, beside its bytes in UTF-8."""
IN_XML = (b"&#xFFFD;", b"&#xfffd;", b"&#65533;")
_LOST = LOST.encode()
_READ_AGAIN = _LOST.decode("latin-1").encode()
"""What becomes of it where UTF-8 is read as Windows-1252 and written as UTF-8 again: ï¿½."""
_LONGEST = 8
"""Bytes of a way to write it."""
_WIDE = b"\xfd"
"""A byte of it in UTF-16 and UTF-32, and of no character in UTF-8."""
_AROUND = 24
"""Bytes of an example on each side."""


@dataclass(slots=True)
class LostLetterWatch:
    """Sees every chunk of a file, and whether U+FFFD is in it."""

    written: Sequence[bytes] = ()
    """How it may be written beside its bytes in UTF-8."""
    seen: bool = False
    """Whether its bytes in UTF-8 were there, or another way to write it."""
    _wide: bool = False
    _tail: bytes = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._wide = self._wide or _WIDE in chunk
        if self.seen:
            return
        edge = self._tail + chunk[: _LONGEST - 1]
        # One byte is looked for ten times as fast as three.
        if _LOST[:1] in chunk or _LOST[:1] in self._tail:
            self.seen = _LOST in chunk or _LOST in edge
        if _READ_AGAIN[1:2] in chunk or _READ_AGAIN[1:2] in self._tail:
            self.seen = self.seen or _READ_AGAIN in chunk or _READ_AGAIN in edge
        self.seen = self.seen or any(one in chunk or one in edge for one in self.written)
        self._tail = (self._tail + chunk[1 - _LONGEST :])[1 - _LONGEST :]

    def may_be_in(self, encoding: str) -> bool:
        """Whether the text may have some, once its encoding is known: of one that takes several
        bytes for a letter only a count shows it.

        >>> watch = LostLetterWatch()
        >>> watch.feed("é�".encode("utf-16-le"))
        >>> watch.may_be_in("utf-16-le"), watch.may_be_in("utf-8")
        (True, False)
        """
        if _is_bytewise(encoding):
            return self.seen
        return self._wide if encoding.startswith(("utf-16", "utf-32")) else _can_write(encoding)


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
    file: Path,
    compression: Compression,
    name: str,
    written: Sequence[bytes] = (),
    encoding: str = "utf-8",
) -> LostLetters | None:
    """Count them, in a file that may have some; None where it has none."""
    if _is_bytewise(encoding):
        found = _count_bytes(file, compression, name, written, encoding)
    else:
        with open_encoded(file, compression, name, encoding) as text:
            found = _count_characters(text)
    return found if found.number else None


def _count_bytes(
    file: Path, compression: Compression, name: str, written: Sequence[bytes], encoding: str
) -> LostLetters:
    pattern = re.compile(b"|".join(map(re.escape, (_LOST, _READ_AGAIN, *written))))
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
    return LostLetters(number=number, line=line, example=example.decode(encoding, "ignore"))


def _count_characters(text: IO[str]) -> LostLetters:
    number = line = 0
    example = ""
    lines = 1
    while chunk := text.read(CHUNK_BYTES):
        at = chunk.find(LOST)
        if at >= 0 and not line:
            line = lines + chunk.count("\n", 0, at)
            around = _around(chunk.encode(), *(len(chunk[:end].encode()) for end in (at, at + 1)))
            example = around.decode("utf-8", "ignore")
        number += chunk.count(LOST)
        lines += chunk.count("\n")
    return LostLetters(number=number, line=line, example=example)


def _is_bytewise(encoding: str) -> bool:
    """Whether its bytes in UTF-8 are never meant otherwise: in an encoding of one byte a letter
    they are what another program has made of it."""
    return encoding in ASCII_BASED or has_one_byte_letters(encoding)


def _can_write(encoding: str) -> bool:
    try:
        LOST.encode(encoding)
    except UnicodeError:
        return False
    return True


def _around(text: bytes, start: int, end: int) -> bytes:
    begin = max(start - _AROUND, text.rfind(b"\n", 0, start) + 1)
    stop = text.find(b"\n", end)
    return text[begin : min(stop if stop >= 0 else len(text), end + _AROUND)].strip()
