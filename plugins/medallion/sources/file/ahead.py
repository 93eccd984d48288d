"""Files of a server, copied to this machine before their turn.

A server that takes a tenth of a second for an answer gives two or three files a second to somebody
who copies one after the other: each takes a few requests. Of a pattern's thousands of small files,
several are on their way at once. They are landed in their order all the same, and an error about
one comes in its turn. A large file takes its time for its bytes: it is copied when its turn
comes, and has the disk for itself.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from medallion.sources.base.found_files import FoundFile, hold_to_state
from medallion.sources.file.remote import RemoteFile

AT_ONCE = 8
"""Files on their way. A server of SFTP gives ten channels to a connection, where nobody has changed
that."""
MOST_WAITING = 32
"""Files that are on their way, or wait for their turn."""
MOST_BYTES = 8 * 1024 * 1024
"""Of a file that is copied before its turn: of all of them at once, 256 MiB of disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedFile:
    """A file that is copied before its turn."""

    file: RemoteFile
    copy: Path
    copied: Future[str]
    """Its state, the same before it was copied and after."""

    @property
    def name(self) -> str:
        """The file's."""
        return self.file.name

    @property
    def short_name(self) -> str:
        """The file's."""
        return self.file.short_name

    @property
    def listed(self) -> str:
        """The file's."""
        return self.file.listed

    def state(self) -> str:
        """That of the copy.

        Raises:
            SourceRefused, SourceUnavailable: it could not be copied, or has changed meanwhile.
        """
        return self.copied.result()

    @contextmanager
    def at_hand(self) -> Iterator[Path]:
        """The copy, which lives as long as the block."""
        self.copied.result()
        try:
            yield self.copy
        finally:
            self.copy.unlink(missing_ok=True)


@contextmanager
def copy_ahead(files: Sequence[FoundFile]) -> Iterator[Iterator[FoundFile]]:
    """The files in their order, small ones of a server as copies: the next ones are on their way
    while one is read. Outside of the block no copy is left."""
    if len(files) < 2 or not any(map(_is_worth_it, files)):
        yield iter(files)
        return
    with tempfile.TemporaryDirectory(prefix="medallion-files-") as folder:
        pool = ThreadPoolExecutor(AT_ONCE, "medallion-file")
        try:
            yield _take_in_order(files, pool, Path(folder))
        finally:
            pool.shutdown(cancel_futures=True)


def _take_in_order(
    files: Sequence[FoundFile], pool: ThreadPoolExecutor, folder: Path
) -> Iterator[FoundFile]:
    begun: deque[FoundFile] = deque()
    for number, file in enumerate(files):
        begun.append(_begin(file, pool, folder / str(number)))
        if len(begun) >= MOST_WAITING:
            yield begun.popleft()
    yield from begun


def _begin(file: FoundFile, pool: ThreadPoolExecutor, copy: Path) -> FoundFile:
    if not _is_worth_it(file):
        return file
    return CopiedFile(file=file, copy=copy, copied=pool.submit(_copy, file, copy))


def _is_worth_it(file: FoundFile) -> TypeGuard[RemoteFile]:
    return (
        isinstance(file, RemoteFile)
        and file.bytes <= MOST_BYTES
        and file.storage.serves_several_at_once()
    )


def _copy(file: RemoteFile, copy: Path) -> str:
    """Copy a file; its state, which is that of the copy."""
    before = file.state()
    file.copy_to(copy)
    hold_to_state(file, before)
    return before
