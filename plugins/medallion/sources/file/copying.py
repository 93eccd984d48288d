"""Copies a file into a part while its content is looked at: on two cores, both at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from medallion.sources.base.source import PartWriter
from medallion.sources.formats.compressions import CHUNK_BYTES

LARGE_BYTES = 4 * 1024 * 1024
"""A smaller file is copied sooner than it is shared out."""


@contextmanager
def copying(file: Path, part: PartWriter) -> Iterator[None]:
    """Append a file's bytes to a part as they are: a large file's while the block runs. All of them
    are written when the block has ended; where it ends with an error, the copy stops too.

    Raises:
        OSError: the file cannot be read.
        LakeUnavailable, LakeError: the part cannot be written.
    """
    stop = Event()
    if file.stat().st_size < LARGE_BYTES:
        _copy(file, part, stop)
        yield
        return
    with ThreadPoolExecutor(1, "medallion-copy") as pool:
        copied = pool.submit(_copy, file, part, stop)
        try:
            yield
        except BaseException:
            stop.set()
            raise
        copied.result()


def _copy(file: Path, part: PartWriter, stop: Event) -> None:
    with file.open("rb") as source:
        while not stop.is_set() and (chunk := source.read(CHUNK_BYTES)):
            part.write(chunk)
