"""On which line of a file a place in it is. The engine counts records, and these may have lines."""

from __future__ import annotations

from typing import BinaryIO

_CHUNK = 1024 * 1024


class PhysicalLines:
    """Goes through a file once, from place to later place."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._at = 0
        self._line = 1
        self._after_return = False

    def line_at(self, offset: int) -> int:
        """The line, from 1, of the byte at an offset that is not before the last one asked for."""
        while self._at < offset and (chunk := self._content.read(min(_CHUNK, offset - self._at))):
            self._at += len(chunk)
            self._line += chunk.count(b"\n") + chunk.count(b"\r") - chunk.count(b"\r\n")
            self._line -= self._after_return and chunk.startswith(b"\n")
            self._after_return = chunk.endswith(b"\r")
        return self._line
