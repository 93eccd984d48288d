"""The line of a byte in a file. The engine counts records, and a record may have several lines."""

from __future__ import annotations

from typing import BinaryIO

_CHUNK = 1024 * 1024


class PhysicalLines:
    """Reads a file once, forwards only."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._at = 0
        self._line = 1
        self._after_return = False

    def line_at(self, offset: int) -> int:
        """The line, from 1, of the byte at `offset`, which must not be before the last one asked
        for."""
        while self._at < offset and (chunk := self._content.read(min(_CHUNK, offset - self._at))):
            self._at += len(chunk)
            self._line += chunk.count(b"\n") + chunk.count(b"\r") - chunk.count(b"\r\n")
            self._line -= self._after_return and chunk.startswith(b"\n")
            self._after_return = chunk.endswith(b"\r")
        return self._line
