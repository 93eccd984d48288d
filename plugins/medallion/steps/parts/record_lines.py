"""Records that are lines, as their part has them: what is kept of those that are not JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from medallion.records import RecordLayout
from medallion.sources.formats.compressions import open_compressed

LONGEST_TEXT = 10_000
"""Characters that are kept of a line."""
_MOST_BYTES = 4 * (LONGEST_TEXT + 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A record and its line. `number` and `line` are from 1: blank lines are not records."""

    number: int
    line: int
    text: str


def find_record_lines(
    part: Path, layout: RecordLayout, numbers: Iterable[int]
) -> Iterator[RecordLine]:
    """The lines of some records of a part in which each line is one.

    The part is read once, and nothing of it is kept.

    Args:
        numbers: of the records, from 1, ascending.

    Raises:
        OSError, SourceRefused: the part is not what its layout says.
    """
    wanted = iter(numbers)
    sought = next(wanted, None)
    number = 0
    with open_compressed(part, layout.compression, part.name) as content:
        for line, begin in enumerate(_begin_lines(content), start=1):
            if sought is None:
                return
            number += bool(begin.strip())
            if number == sought:
                yield RecordLine(number=number, line=line, text=_text(begin))
                sought = next(wanted, None)


def _begin_lines(content: BinaryIO) -> Iterator[bytes]:
    """The beginning of each line, or what comes after very many blanks."""
    while begin := content.readline(_MOST_BYTES):
        piece = begin
        while len(piece) == _MOST_BYTES and not piece.endswith(b"\n"):
            piece = content.readline(_MOST_BYTES)
            begin = begin if begin.strip() else piece
        yield begin


def _text(begin: bytes) -> str:
    text = begin.decode(errors="replace").rstrip("\r\n")
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
