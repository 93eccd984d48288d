"""A landing being written: parts first, then the manifest that makes it exist."""

from __future__ import annotations

import hashlib
import logging
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from medallion.errors import LakeError
from medallion.lake.journal import JOURNAL, LandingJournal
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.storage import (
    below,
    children,
    create,
    keep,
    lake_path,
    new_folder,
    remove,
    remove_file,
    write_whole,
    writing,
)
from medallion.records import RecordLayout
from medallion.run import Run

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

MANIFEST = "manifest.json"
SAY_EVERY_SECONDS = 3.0
GZIP = 31
"""zlib's window bits for gzip; the header holds no time then: same bytes, same file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingPlace:
    """Which landing this is, and which run it belongs to."""

    lake_root: str
    domain: str
    dataset: str
    run: Run
    load_id: int

    @property
    def interval_folder(self) -> LakePath:
        """`bronze/<domain>/<dataset>/<start of the interval>`."""
        start = self.run.interval_start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        return lake_path(self.lake_root) / "bronze" / self.domain / self.dataset / start


class PartFile:
    """One part being written, with its SHA-256, size and number of records."""

    def __init__(self, file: IO[bytes], path: LakePath, *, compress: bool) -> None:
        self._file = file
        self._path = path
        self._sha256 = hashlib.sha256()
        self._gzip = zlib.compressobj(6, zlib.DEFLATED, GZIP) if compress else None
        self._bytes = 0
        self._records = 0
        self._copy_of = ("", "")
        self._archive = ("", 0, "")
        self._layout: RecordLayout | None = None

    def write(self, chunk: bytes) -> None:
        """Append bytes, compressed if the part is.

        Raises:
            LakeUnavailable, LakeError: the disk is full or gone.
        """
        self._append(self._gzip.compress(chunk) if self._gzip else chunk)

    def count(self, records: int) -> None:
        """Count this many more records in the part."""
        self._records += records

    def copy_of(self, file: str, state: str) -> None:
        """Record which file the part is a copy of, and its state then."""
        self._copy_of = (file, state)

    def note_archive(self, archive: str, size: int, sha256: str) -> None:
        """Record the archive of which that file is a member."""
        self._archive = (archive, size, sha256)

    def note_layout(self, layout: RecordLayout) -> None:
        """Record how the part itself is read."""
        self._layout = layout

    def finish(self, name: str) -> PartInfo:
        """Write the rest, flush it to the disk, and return what the part holds."""
        if self._gzip:
            self._append(self._gzip.flush())
        with writing(self._path):
            keep(self._file)
            self._file.close()
        file, state = self._copy_of
        archive, archive_bytes, archive_sha256 = self._archive
        return PartInfo(
            name=name,
            sha256=self._sha256.hexdigest(),
            bytes=self._bytes,
            records=self._records,
            file=file,
            file_state=state,
            archive=archive,
            archive_bytes=archive_bytes,
            archive_sha256=archive_sha256,
            layout=self._layout,
        )

    def _append(self, data: bytes) -> None:
        self._sha256.update(data)
        self._bytes += len(data)
        with writing(self._path):
            self._file.write(data)


class LandingWriter:
    """What a source writes to. Each try of a run lands in a folder of its own.

    Folders of earlier tries without a manifest are removed; the last one is kept for a moment if it
    has a journal that the source may continue from.
    """

    def __init__(self, place: LandingPlace, log: logging.Logger) -> None:
        self._place = place
        self._log = log
        self._parts: list[PartInfo] = []
        self._names: set[str] = set()
        self._notes: dict[str, object] = {}
        self._said_at = time.monotonic()
        with writing(place.interval_folder):
            self._folder, earlier = _folder_of_this_try(place)
        self._journal = LandingJournal(self._folder, earlier, self._parts, log)

    @property
    def journal(self) -> LandingJournal:
        """What the landing has written down of its progress, so that a retry continues from
        there."""
        return self._journal

    @contextmanager
    def part(self, name: str, *, compress: bool = False) -> Iterator[PartFile]:
        """Open the next part. One that ends with an error is removed: it must not fill the disk.

        Raises:
            LakeError: it cannot be written, or there is a part of this name.
            LakeUnavailable: the disk is full, or away.
        """
        if name in (MANIFEST, JOURNAL) or name in self._names:
            raise LakeError(f"a landing cannot have another part {name}", remedy="rename the file")
        path = below(self._folder, name)
        with writing(path):
            file = create(path)
        part = PartFile(file, path, compress=compress)
        try:
            yield part
            self._parts.append(part.finish(name))
            self._names.add(name)
        except BaseException:
            with suppress(OSError):  # a full disk says it once more: the first error tells
                file.close()
            remove_file(path)
            raise

    def note(self, key: str, value: object) -> None:
        """Add a fact to the manifest's notes."""
        self._notes[key] = value

    def progress(self, done: int, total: int | None, unit: str) -> None:
        """Log the progress, at most every 3 seconds."""
        if time.monotonic() - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self._log.info("%d%s %s landed", done, f" of {total}" if total else "", unit)

    def abandon(self) -> None:
        """Remove what was landed, unless a later try can continue from its journal."""
        if not self._journal.is_open:
            remove(self._folder)

    def finish(self, layout: RecordLayout, source: Mapping[str, object]) -> Manifest:
        """Write the manifest: from now on the landing exists."""
        place = self._place
        manifest = Manifest(
            uri=str(self._folder),
            run=place.run,
            dataset=place.dataset,
            load_id=place.load_id,
            extracted_at=datetime.now(UTC),
            source=source,
            layout=layout,
            parts=tuple(self._parts),
            notes=self._notes,
        )
        path = self._folder / MANIFEST
        with writing(path):
            # The one write that counts: before it there is no landing, after it there is a whole
            # one.
            write_whole(path, manifest.to_json().encode())
        self._journal.end()
        return manifest


def _folder_of_this_try(place: LandingPlace) -> tuple[LakePath, LakePath | None]:
    """`<run>-<try>`, one further than the last, and the last one without a manifest where it has a
    journal; other leftovers without a manifest are removed.
    """
    parent = place.interval_folder
    last = 0
    left: list[tuple[int, LakePath]] = []
    for folder in children(parent):
        run, _, number = folder.name.rpartition("-")
        if run != place.run.key or not number.isdecimal():
            continue
        last = max(last, int(number))
        if not (folder / MANIFEST).exists():
            left.append((int(number), folder))
    with_journal = [pair for pair in left if (pair[1] / JOURNAL).exists()]
    earlier = max(with_journal, key=lambda pair: pair[0])[1] if with_journal else None
    for _, folder in left:
        if folder != earlier:
            remove(folder)
    return new_folder(parent, place.run.key, last + 1), earlier
