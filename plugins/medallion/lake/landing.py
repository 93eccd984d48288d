"""A landing being written: parts first, then the manifest that makes it exist."""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.storage import below, lake_path, write_whole
from medallion.records import RecordLayout

if TYPE_CHECKING:
    from medallion.lake.storage import LakePath

MANIFEST = "manifest.json"
SAY_EVERY_SECONDS = 3.0
GZIP = 31
"""zlib's window bits for gzip; the header holds no time then: same bytes, same file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingPlace:
    """Which landing this is, and which run it belongs to. Times in UTC."""

    lake_root: str
    domain: str
    dataset: str
    dag_id: str
    run_id: str
    run_key: str
    load_id: int
    interval_start: datetime
    interval_end: datetime
    spec_digest: str

    @property
    def interval_folder(self) -> LakePath:
        """`bronze/<domain>/<dataset>/<start of the interval>`."""
        start = self.interval_start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        return lake_path(self.lake_root) / "bronze" / self.domain / self.dataset / start


class PartFile:
    """One part: bytes in, and their sha256, size and records kept."""

    def __init__(self, file: IO[bytes], *, compress: bool) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self._gzip = zlib.compressobj(6, zlib.DEFLATED, GZIP) if compress else None
        self._bytes = 0
        self._records = 0

    def write(self, chunk: bytes) -> None:
        """Append bytes, compressed where the part is."""
        self._append(self._gzip.compress(chunk) if self._gzip else chunk)

    def count(self, records: int) -> None:
        """Say that this many more records are in the part."""
        self._records += records

    def finish(self, name: str) -> PartInfo:
        """Write what is left and say what the part holds."""
        if self._gzip:
            self._append(self._gzip.flush())
        return PartInfo(
            name=name, sha256=self._sha256.hexdigest(), bytes=self._bytes, records=self._records
        )

    def _append(self, data: bytes) -> None:
        self._sha256.update(data)
        self._bytes += len(data)
        self._file.write(data)


class LandingWriter:
    """What a source writes to. Each try of a run lands in a folder of its own.

    Folders of earlier tries that never got their manifest are removed: they do not exist.
    """

    def __init__(self, place: LandingPlace, log: logging.Logger) -> None:
        self._place = place
        self._log = log
        self._parts: list[PartInfo] = []
        self._notes: dict[str, object] = {}
        self._said_at = time.monotonic()
        self._folder = _new_folder(place)

    @contextmanager
    def part(self, name: str, *, compress: bool = False) -> Iterator[PartFile]:
        """Open the next part. One that was not finished without an error is not in the manifest."""
        with below(self._folder, name).open("wb") as file:
            part = PartFile(file, compress=compress)
            yield part
            info = part.finish(name)
        self._parts.append(info)

    def note(self, key: str, value: object) -> None:
        """Keep a fact for the manifest."""
        self._notes[key] = value

    def progress(self, done: int, total: int | None, unit: str) -> None:
        """A line in the log every few seconds."""
        if time.monotonic() - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self._log.info("%d%s %s landed", done, f" of {total}" if total else "", unit)

    def finish(self, layout: RecordLayout, source: Mapping[str, object]) -> Manifest:
        """Write the manifest: from now on the landing exists."""
        place = self._place
        manifest = Manifest(
            uri=str(self._folder),
            dag_id=place.dag_id,
            run_id=place.run_id,
            dataset=place.dataset,
            load_id=place.load_id,
            interval_start=place.interval_start,
            interval_end=place.interval_end,
            spec_digest=place.spec_digest,
            extracted_at=datetime.now(UTC),
            source=source,
            layout=layout,
            parts=tuple(self._parts),
            notes=self._notes,
        )
        write_whole(self._folder / MANIFEST, manifest.to_json())
        return manifest


def _new_folder(place: LandingPlace) -> LakePath:
    """`<run>-<try>`, one further than the last; leftovers without a manifest are removed."""
    parent = place.interval_folder
    parent.mkdir(parents=True, exist_ok=True)
    last = 0
    folders: list[LakePath] = list(parent.iterdir())
    for folder in folders:
        run, _, number = folder.name.rpartition("-")
        if run != place.run_key or not number.isdecimal():
            continue
        last = max(last, int(number))
        if not (folder / MANIFEST).exists():
            _remove(folder)
    new: LakePath = parent / f"{place.run_key}-{last + 1}"
    new.mkdir(parents=True, exist_ok=True)
    return new


def _remove(folder: LakePath) -> None:
    if isinstance(folder, Path):
        shutil.rmtree(folder)
    else:
        folder.rmdir(recursive=True)
