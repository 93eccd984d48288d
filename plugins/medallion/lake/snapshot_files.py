"""The Parquet files of a snapshot: written from batches, and read back as far as their digests
hold."""

from __future__ import annotations

import hashlib
import io
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from medallion.errors import LakeError
from medallion.lake.snapshots import Snapshot, SnapshotPart
from medallion.lake.storage import below, create, ensure_folder, keep, remove_file, writing

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.lake.storage import LakePath

BYTES_OF_A_PART = 256 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
COMPRESSION = "zstd"


def write_parts(
    folder: LakePath, batches: pa.RecordBatchReader, most: int = BYTES_OF_A_PART
) -> tuple[SnapshotPart, ...]:
    """Write batches as Parquet files of about `most` bytes; there is at least one file.

    Their names are of this try alone: one that was killed, or that runs beside it, writes none of
    them. Memory holds one batch and its compressed pages.

    Raises:
        LakeUnavailable, LakeError: the disk is full or gone.
    """
    ensure_folder(folder)
    token, parts = secrets.token_hex(4), list[SnapshotPart]()
    iterator = iter(batches)
    batch = next((one for one in iterator if one.num_rows), None)
    while batch is not None or not parts:
        path = below(folder, f"part-{len(parts):05d}-{token}.parquet")
        try:
            part, batch = _write_part(path, batches.schema, batch, iterator, most)
        except BaseException:
            for written in (path, *(below(folder, one.name) for one in parts)):
                remove_file(written)
            raise
        parts.append(part)
    return tuple(parts)


def _write_part(
    path: LakePath,
    schema: pa.Schema,
    batch: pa.RecordBatch | None,
    rest: Iterator[pa.RecordBatch],
    most: int,
) -> tuple[SnapshotPart, pa.RecordBatch | None]:
    """One file, and the first batch that is not in it."""
    import pyarrow.parquet as pq

    rows = 0
    with writing(path), create(path) as file:
        hashed = _Hashed(file)
        with pq.ParquetWriter(hashed, schema, compression=COMPRESSION) as writer:
            while batch is not None and (rows == 0 or hashed.size < most):
                writer.write_batch(batch)
                rows += batch.num_rows
                batch = next((one for one in rest if one.num_rows), None)
        keep(file)
    part = SnapshotPart(name=path.name, sha256=hashed.digest(), bytes=hashed.size, rows=rows)
    return part, batch


class _Hashed(io.RawIOBase):
    """A file that is written from front to back, with its size and SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """pyarrow asks before it writes."""
        return True

    def write(self, data: object) -> int:
        """Append, and hash the same bytes, so that nothing is read a second time."""
        content = bytes(data)  # type: ignore[call-overload]
        self._sha256.update(content)
        self._file.write(content)
        self.size += len(content)
        return len(content)

    def tell(self) -> int:
        """How much has been written."""
        return self.size

    def digest(self) -> str:
        """SHA-256 of all that was written, in hex."""
        return self._sha256.hexdigest()


@contextmanager
def verify_part(folder: LakePath, snapshot: Snapshot, part: SnapshotPart) -> Iterator[Path]:
    """A part as a local file, whose bytes are those that were written.

    Raises:
        LakeError: it is missing, or was changed.
    """
    path = below(folder, part.name)
    try:
        if isinstance(path, Path):
            _verify(path, snapshot, part)
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="medallion-snapshot-") as temporary:
            copy = Path(temporary) / part.name
            with path.open("rb") as source, copy.open("wb") as target:  # type: ignore[no-untyped-call]
                shutil.copyfileobj(source, target, CHUNK_BYTES)
            _verify(copy, snapshot, part)
            yield copy
    except FileNotFoundError:
        if path.exists():
            raise
        raise _refuse_damaged(snapshot, f"{part.name} is missing") from None


def _verify(path: Path, snapshot: Snapshot, part: SnapshotPart) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != part.sha256:
        raise _refuse_damaged(snapshot, f"{part.name} was changed after it was written")


def _refuse_damaged(snapshot: Snapshot, what: str) -> LakeError:
    return LakeError(
        f"the snapshot {snapshot.name} of {snapshot.table}: {what}",
        remedy="drop it, and take it again if the version is still kept; or restore the lake",
    )
