"""Response bodies → parts of JSON Lines: one body a line, unchanged but for line breaks."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

from medallion.sources.base import Landing, PartWriter

PART_BYTES = 4 * 1024 * 1024
"""Uncompressed bytes of a part, unless a single body has more. All bodies of a part are unpacked at
once when it is cleaned, ten times over and more: 16 MiB of them do not fit into 512 MB."""

_LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")


class BodyParts:
    """Writes bodies to a landing, a new part whenever one is large enough."""

    def __init__(self, landing: Landing, name: str) -> None:
        self._landing = landing
        self._name = name
        self._opened = ExitStack()
        self._part: PartWriter | None = None
        self._number = 0
        self._bytes = 0

    def __enter__(self) -> BodyParts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, traceback)

    def add(self, body: bytes, records: int) -> None:
        """Append one body. Line breaks in JSON stand between tokens only: they become spaces."""
        line = body.translate(_LINE_BREAKS) + b"\n"
        if self._part is None or self._bytes + len(line) > PART_BYTES:
            self._opened.close()
            self._number += 1
            self._bytes = 0
            file_name = f"{self._name}-{self._number:05d}.jsonl.gz"
            self._part = self._opened.enter_context(self._landing.part(file_name, compress=True))
        self._part.write(line)
        self._part.count(records)
        self._bytes += len(line)
