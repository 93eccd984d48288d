"""Lines and columns: issues count characters from 1, an editor counts units of its own from 0."""

from __future__ import annotations

import re

from lsprotocol import types

from medallion.errors import Issue

_TOKEN = re.compile(r"""[\w.$#@/<>=-]+|"[^"]*"|'[^']*'|\S""")
_BYTES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
"""By the name of an encoding, its codec and the bytes of a unit."""


class Units:
    """The units that the client counts columns in: UTF-16, unless both have agreed on others."""

    def __init__(self, encoding: str | None) -> None:
        self._codec, self._size = _BYTES.get(encoding or "", _BYTES["utf-16"])

    def of(self, text: str) -> int:
        """How many units a text has."""
        return len(text.encode(self._codec, "surrogatepass")) // self._size

    def characters(self, line: str, units: int) -> int:
        """How many characters stand before a column; one beyond the line is its end.

        >>> Units("utf-16").characters("a\\U0001f600b", 3)
        2
        """
        seen = 0
        for at, one in enumerate(line):
            if seen >= units:
                return at
            seen += self.of(one)
        return len(line)

    def range_of(self, lines: list[str], line: int, first: int, last: int) -> types.Range:
        """A part of a line; columns in characters from 0."""
        text = lines[line] if line < len(lines) else ""
        return types.Range(
            start=types.Position(line=line, character=self.of(text[:first])),
            end=types.Position(line=line, character=self.of(text[:last])),
        )


def range_of_issue(issue: Issue, lines: list[str], units: Units) -> types.Range:
    """The word that an issue is about; its line where it has no column, the first one without a
    place."""
    line = min(max(issue.line - 1, 0), max(len(lines) - 1, 0))
    text = lines[line] if lines else ""
    first = min(max(issue.column - 1, 0), len(text))
    token = _TOKEN.match(text, first) if issue.column else None
    if token is None:
        first = len(text) - len(text.lstrip())
        return units.range_of(lines, line, first, max(len(text.rstrip()), first))
    return units.range_of(lines, line, first, token.end())
