"""A JSON document of any size, walked without holding it: only what is asked for is kept.

It looks at brackets, strings and commas and at nothing else: who reads a record decides whether it
is valid JSON.
"""

from __future__ import annotations

import json
import re
from typing import BinaryIO

from medallion.errors import SourceRefused

_CHUNK = 1024 * 1024
_STRING = rb'"[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+"'
_BLANKS = re.compile(rb"[ \t\r\n]*+")
_WHOLE_STRING = re.compile(_STRING)
_PLAIN = rb'[^"{}\[\]]*+'
_TO_HERE = re.compile(_PLAIN + rb"(?:" + _STRING + _PLAIN + rb")*+")
_TO_BRACKET = re.compile(_TO_HERE.pattern + rb"[{}\[\]]")
_SCALAR = re.compile(rb'[^\s,:"{}\[\]]++')
_OPENING, _CLOSING = frozenset(b"{["), frozenset(b"}]")


class JsonScanner:
    """Reads a document once, from start to end.

    Args:
        file: UTF-8 without a byte order mark.
        name: for messages.
        largest: the most bytes that one value may have.
    """

    def __init__(self, file: BinaryIO, name: str, largest: int) -> None:
        self._file = file
        self._name = name
        self._largest = largest
        self._held = b""
        self._at = 0
        self._before = 0
        """Bytes of the file before those that are held."""

    def peek(self) -> bytes:
        """The next non-blank byte; empty at the end."""
        while True:
            found = _BLANKS.match(self._held, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._held):
                return self._held[self._at : self._at + 1]
            if not self._more():
                return b""

    def take(self, *wanted: bytes) -> bytes:
        """Consume the next byte, which must be one of `wanted`.

        Raises:
            SourceRefused: it is another.
        """
        found = self.peek()
        if found not in wanted:
            raise self.refusal(f"{_any_of(wanted)} is expected")
        self._at += 1
        return found

    def text(self) -> str:
        """Consume the next value, which must be a string."""
        if self.peek() != b'"':
            raise self.refusal("a name in quotes is expected")
        raw = self._scalar()
        try:
            return str(json.loads(raw))
        except ValueError:
            raise self.refusal("the text before it is not JSON") from None

    def skip(self) -> None:
        """Consume the next value without holding it in memory."""
        self._value(keep=False)

    def value(self) -> bytes:
        """Consume the next value; its bytes as they are spelled."""
        return self._value(keep=True)

    def refusal(self, problem: str) -> SourceRefused:
        """The error for the present position, with its offset."""
        if not self.peek():
            return SourceRefused(
                f"{self._name} ends in the middle: {problem}",
                remedy="it was cut, or is still being written: write such a file under another "
                "name and rename it when it is whole",
            )
        seen = self._held[self._at : self._at + 20].decode("utf-8", "replace")
        return SourceRefused(
            f"{self._name} is not valid JSON: at offset {self._before + self._at}, "
            f"before {seen!r}, {problem}",
            remedy="fix what writes the file; one JSON object a line is `format: jsonl`",
        )

    def _value(self, *, keep: bool) -> bytes:
        first = self.peek()
        if first in (b"{", b"["):
            return self._read_nested(keep=keep)
        if not first or first in b",:]}":
            raise self.refusal("a value is expected")
        return self._scalar()

    def _scalar(self) -> bytes:
        pattern = _WHOLE_STRING if self.peek() == b'"' else _SCALAR
        while True:
            found = pattern.match(self._held, self._at)
            # What ends with what is held may continue behind it.
            if found and (found.end() < len(self._held) or pattern is _WHOLE_STRING):
                break
            if not self._more():
                break
            self._limit()
        if found is None:
            raise self.refusal("a text is not closed, or has a line break in it")
        self._at = found.end()
        return found[0]

    def _read_nested(self, *, keep: bool) -> bytes:
        """An object or a list, by its brackets."""
        depth, place = 0, self._at
        while True:
            found = _TO_BRACKET.match(self._held, place)
            if found:
                place = found.end()
                bracket = self._held[place - 1]
                depth += (bracket in _OPENING) - (bracket in _CLOSING)
                if depth:
                    continue
                raw = self._held[self._at : place] if keep else b""
                self._at = place
                return raw
            passed = _TO_HERE.match(self._held, place)
            place = passed.end() if passed else place
            if not keep:
                self._at = place
            place -= self._at
            if not self._more():
                start = self._before + self._at
                self._at = len(self._held)
                raise self.refusal(f"a bracket or a text of the value at offset {start} is open")
            place += self._at
            self._limit()

    def _limit(self) -> None:
        if len(self._held) - self._at > self._largest + 2 * _CHUNK:
            raise SourceRefused(
                f"{self._name} has a value of more than {self._largest:,} bytes at offset "
                f"{self._before + self._at}",
                remedy="is it the list of records? Name its place in `records`",
            )

    def _more(self) -> bool:
        """Hold more of the file, and no more of what was passed; False at its end."""
        chunk = self._file.read(max(_CHUNK, len(self._held) - self._at))
        if not chunk:
            return False
        self._before += self._at
        self._held = self._held[self._at :] + chunk
        self._at = 0
        return True


def _any_of(characters: tuple[bytes, ...]) -> str:
    return " or ".join(repr(character.decode()) for character in characters)
