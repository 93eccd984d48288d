"""U+FFFD in UTF-8: a program that could not read a letter wrote it in the letter's place. What was
there is lost, and only the file's owner can bring it back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medallion.sources.formats.compressions import CHUNK_BYTES, Compression, open_compressed

_LOST = "\ufffd".encode()
_AROUND = 24
"""Bytes of an example on each side."""


@dataclass(slots=True)
class LostLetterWatch:
    """Sees every chunk of a file, and whether U+FFFD is in it."""

    seen: bool = False
    _tail: bytes = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if self.seen:
            return
        # One byte is looked for ten times as fast as three.
        if _LOST[:1] in chunk or _LOST[:1] in self._tail:
            self.seen = _LOST in chunk or _LOST in self._tail + chunk[:2]
        self._tail = (self._tail + chunk[-2:])[-2:]


@dataclass(frozen=True, slots=True, kw_only=True)
class LostLetters:
    """How many there are in a file, and where the first one is."""

    number: int
    line: int
    example: str
    """The first with what is around it: a value of the data."""


def count_lost_letters(file: Path, compression: Compression, name: str) -> LostLetters:
    """Count them, in a file that has some."""
    number = line = at = 0
    example = b""
    lines, tail = 1, b""
    with open_compressed(file, compression, name) as content:
        while chunk := content.read(CHUNK_BYTES):
            text = tail + chunk
            number += text.count(_LOST)
            if number and not line:
                at = text.index(_LOST)
                line = lines + text.count(b"\n", 0, at)
                example = _around(text, at)
            tail = text[-2:] if not text.endswith(_LOST) else b""
            lines += text.count(b"\n", 0, len(text) - len(tail))
    return LostLetters(number=number, line=line, example=example.decode("utf-8", "ignore"))


def _around(text: bytes, at: int) -> bytes:
    begin = max(at - _AROUND, text.rfind(b"\n", 0, at) + 1)
    end = text.find(b"\n", at)
    return text[begin : min(end if end >= 0 else len(text), at + len(_LOST) + _AROUND)].strip()
