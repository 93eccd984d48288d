"""The journal of a landing: a small file beside the parts, removed once there is a manifest.

It begins with the complete parts; each page after them is appended with its bytes, so that a
process that is killed loses no complete page. With each further part it is written again. Object
stores cannot append: there a try continues after the last complete part.

The next try copies what it continues from into its own folder and compares each part's SHA-256: a
process of the earlier try that still runs cannot write there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from medallion.lake.manifest import PartInfo, read_part
from medallion.lake.storage import (
    below,
    create,
    keep,
    link_file,
    remove,
    remove_file,
    write_whole,
    writing,
)
from medallion.sources.base.journal import Kept

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

JOURNAL = "progress.journal"
FORMAT = 1
KEPT_SECONDS = 24 * 3600.0
"""An older journal is not gone on from: lists move, and cursors expire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A journal that was read back, as far as it is whole."""

    request: str
    plan: Any
    state: Mapping[str, Any] | None
    parts: tuple[PartInfo, ...]
    lines: bytes
    records: int
    written_at: float


class LandingJournal:
    """Implements `sources.base.journal.Journal` in a landing's folder."""

    def __init__(
        self,
        folder: LakePath,
        earlier: LakePath | None,
        parts: list[PartInfo],
        log: logging.Logger,
    ) -> None:
        self._path = folder / JOURNAL
        self._folder = folder
        self._earlier = earlier
        self._parts = parts
        self._log = log
        self._head: dict[str, Any] | None = None
        self._announced = 0
        """How many parts the file knows of."""
        self._file: IO[bytes] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a later try could continue from it."""
        return self._head is not None

    def resume(self, request: str) -> Kept | None:
        """Take over what an earlier try of the same request left; the earlier folder is removed
        either way."""
        if self._earlier is None:
            return None
        found = _read(self._earlier / JOURNAL)
        kept = None
        # Another request is another extract, and an old one may be of a list that has changed
        # since.
        if found and found.request == request and time.time() - found.written_at < KEPT_SECONDS:
            kept = self._take_over(self._earlier, found)
        self._drop_earlier()
        return kept

    def start(self, request: str, plan: Any = None) -> None:
        """Begin a journal: a later try can continue from here on.

        Args:
            request: a digest of everything that the pages depend on; a try with another one starts
                over.
            plan: what was decided before the first page, as JSON; `resume` returns it.
        """
        self._head = {"format": FORMAT, "request": request, "plan": plan}
        self._write(None, b"", 0)

    def keep(self, state: Mapping[str, Any], lines: bytes, records: int) -> None:
        """Append a complete page; after a complete part, rewrite the journal."""
        if self._head is None:
            return
        if self._announced != len(self._parts):
            self._write(state, lines, records)
        elif self._file is not None:
            with writing(self._path):
                self._file.write(_entry({}, state, lines, records))
                self._file.flush()

    def forget(self) -> None:
        """Remove the journal and the parts: neither this try nor a later one may continue from
        them."""
        self._head = None
        self._close()
        for part in self._parts:
            remove_file(below(self._folder, part.name))
        self._parts.clear()

    def end(self) -> None:
        """The landing is complete: remove the journal and what earlier tries left."""
        self._close()
        self._drop_earlier()

    def _take_over(self, earlier: LakePath, found: _Found) -> Kept | None:
        for part in found.parts:
            if not _copy(below(earlier, part.name), below(self._folder, part.name), part):
                self._log.warning("%s of an earlier try is damaged: all is read again", part.name)
                return None
        self._parts.extend(found.parts)
        self._head = {"format": FORMAT, "request": found.request, "plan": found.plan}
        self._write(found.state, found.lines, found.records)
        return Kept(
            plan=found.plan,
            state=found.state,
            parts=len(found.parts),
            lines=found.lines,
            records=found.records,
        )

    def _write(self, state: Mapping[str, Any] | None, lines: bytes, records: int) -> None:
        head = {**(self._head or {}), "parts": [asdict(part) for part in self._parts]}
        with writing(self._path):
            if self._file is not None:
                self._file.close()
                self._file = None
            write_whole(self._path, _entry(head, state, lines, records))
            # Object storage cannot append: there the journal is written again with each part alone.
            if isinstance(self._path, Path):
                self._file = create(self._path, "ab")
        self._announced = len(self._parts)

    def _close(self) -> None:
        with suppress(OSError):
            if self._file is not None:
                self._file.close()
                self._file = None
        remove_file(self._path)

    def _drop_earlier(self) -> None:
        if self._earlier is not None:
            remove(self._earlier)
            self._earlier = None


def _entry(
    head: Mapping[str, Any], state: Mapping[str, Any] | None, lines: bytes, records: int
) -> bytes:
    """A line of JSON, and the bytes that it tells of."""
    entry = {
        **head,
        "state": state,
        "at": time.time(),
        "records": records,
        "bytes": len(lines),
        "crc": zlib.crc32(lines),
    }
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n" + lines


def _entries(content: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Those that are whole: the last one may have been cut."""
    at = 0
    while (end := content.find(b"\n", at)) >= 0:
        entry = json.loads(content[at:end])
        at = end + 1 + entry["bytes"]
        lines = content[end + 1 : at]
        # A crash cuts the last entry; nothing behind a damaged one is trusted.
        if len(lines) < entry["bytes"] or zlib.crc32(lines) != entry["crc"]:
            return
        yield entry, lines


def _read(path: LakePath) -> _Found | None:
    """A journal; None where there is none that can be read."""
    head: dict[str, Any] = {}
    state, held, records, at = None, b"", 0, 0.0
    with suppress(OSError, ValueError, KeyError, TypeError):
        for entry, lines in _entries(path.read_bytes()):
            head = head or entry
            state, at = entry["state"], float(entry["at"])
            held += lines
            records += entry["records"]
    if head.get("format") != FORMAT:
        return None
    return _Found(
        request=head["request"],
        plan=head["plan"],
        state=state,
        parts=tuple(read_part(part) for part in head["parts"]),
        lines=held,
        records=records,
        written_at=at,
    )


def _copy(source: LakePath, target: LakePath, part: PartInfo) -> bool:
    """Take a part over; whether it is what the journal says. A part of bodies fits into memory.

    A part that is whole is never written to again: a second name for it costs no room on a disk
    that may be nearly full.
    """
    try:
        content: bytes = source.read_bytes()
    except OSError:
        return False
    if len(content) != part.bytes or hashlib.sha256(content).hexdigest() != part.sha256:
        return False
    if link_file(source, target):
        return True
    with writing(target), create(target) as file:
        file.write(content)
        keep(file)
    return True
