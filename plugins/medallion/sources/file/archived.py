"""The files of archives that a source names, one after the other, as if they lay in a folder."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from medallion.sources.base.file_memory import FileMemory
from medallion.sources.base.found_files import FoundFile, hold_to_state
from medallion.sources.formats.archives import Member, members
from medallion.sources.formats.compressions import CHUNK_BYTES, Compression, compression_of

_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A member of an archive. It is unpacked when it is first asked for."""

    name: str
    """`<the archive's name>/<the member's>`."""
    short_name: str
    listed: str
    """The archive's: a member has no state of its own."""
    compression: Compression
    """Of the unpacked member: text that was not compressed becomes gzip, as bronze keeps it."""
    archive: str
    archive_bytes: int
    archive_sha256: str
    _member: Member
    _copy: Path
    _compress: bool

    def state(self) -> str:
        """That of the archive when it was opened: `files_in` looks whether it has changed since."""
        return self.listed

    @contextmanager
    def at_hand(self) -> Iterator[Path]:
        """Its copy on this machine, which lives until the next member is asked for.

        Raises:
            SourceRefused: it is damaged, a bomb, or protected by a password.
        """
        if not self._copy.exists():
            with self._member.open() as content, self._copy.open("wb") as target:
                if self._compress:
                    with gzip.GzipFile("", "wb", _LEVEL, target, mtime=0) as packed:
                        shutil.copyfileobj(content, packed, CHUNK_BYTES)
                else:
                    shutil.copyfileobj(content, target, CHUNK_BYTES)
        yield self._copy


def files_in(
    archives: Sequence[FoundFile],
    pattern: str,
    declared: Compression | None,
    memory: FileMemory,
    *,
    is_text: bool,
) -> Iterator[ArchivedFile]:
    """The members that are wanted, in the order of the archives and of each archive.

    Args:
        archives: zips and tars.
        pattern: which members are meant.
        declared: how the members are compressed, where their names do not say it.
        memory: what was landed before. An archive that has not changed since is not opened.
        is_text: whether members are landed as gzip.

    Raises:
        SourceRefused: one is not an archive, or none of its members matches.
        SourceUnavailable: one was changed while it was read.
    """
    for archive in archives:
        if memory.leaves_out(archive):
            continue
        before = archive.state()
        with (
            archive.at_hand() as path,
            tempfile.TemporaryDirectory(prefix="medallion-member-") as to,
        ):
            yield from _choose_members(
                archive, path, Path(to), pattern, declared, memory, is_text=is_text
            )
        hold_to_state(archive, before)


def _choose_members(
    archive: FoundFile,
    path: Path,
    folder: Path,
    pattern: str,
    declared: Compression | None,
    memory: FileMemory,
    *,
    is_text: bool,
) -> Iterator[ArchivedFile]:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    size, copy = path.stat().st_size, folder / "member"
    for member in members(path, archive.name, pattern):
        compression = compression_of(member.name, declared)
        compress = is_text and compression == "none"
        file = ArchivedFile(
            name=f"{archive.name}/{member.name}",
            short_name=f"{archive.short_name}/{member.name}{'.gz' if compress else ''}",
            listed=archive.listed,
            compression="gzip" if compress else compression,
            archive=archive.name,
            archive_bytes=size,
            archive_sha256=digest,
            _member=member,
            _copy=copy,
            _compress=compress,
        )
        if memory.choose([file]):
            yield file
        copy.unlink(missing_ok=True)
