"""Response bodies → parts of JSON Lines: one body a line, unchanged except for line breaks."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from medallion.sources.base.journal import Kept
from medallion.sources.base.source import Landing

PART_BYTES = 4 * 1024 * 1024
"""Uncompressed bytes of a part, unless a single body has more. All bodies of a part are unpacked at
once when it is cleaned, ten times over and more: 16 MiB of them do not fit into 512 MB."""

_LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")


class BodyParts:
    """Writes bodies to a landing, in parts of about 4 MiB; the last part when its context ends."""

    def __init__(self, landing: Landing, name: str, kept: Kept | None = None) -> None:
        """`kept`: what an earlier try has left, to resume from."""
        self._landing = landing
        self._name = name
        self._number = kept.parts if kept else 0
        self._lines = bytearray(kept.lines if kept else b"")
        self._records = kept.records if kept else 0
        self._kept = (len(self._lines), self._records)
        """How much of the open part the journal has."""

    def __enter__(self) -> BodyParts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None and self._lines:
            self._finish()

    def add(self, body: bytes, records: int) -> None:
        """Append one body. Line breaks in JSON are only between tokens, so they become spaces."""
        line = body.translate(_LINE_BREAKS) + b"\n"
        if self._lines and len(self._lines) + len(line) > PART_BYTES:
            self._finish()
        self._lines += line
        self._records += records

    def keep(self, state: Mapping[str, Any]) -> None:
        """Record in the journal that all bodies of a page were added: the run's next try may
        continue here."""
        size, records = self._kept
        self._landing.journal.keep(state, bytes(self._lines[size:]), self._records - records)
        self._kept = (len(self._lines), self._records)

    def _finish(self) -> None:
        self._number += 1
        name = f"{self._name}-{self._number:05d}.jsonl.gz"
        with self._landing.part(name, compress=True) as part:
            part.write(bytes(self._lines))
            part.count(self._records)
        self._lines.clear()
        self._records = 0
        self._kept = (0, 0)
