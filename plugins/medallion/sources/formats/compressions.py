"""Compressed files: what their names say, and their content as a stream."""

from __future__ import annotations

import bz2
import gzip
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, cast

from medallion.errors import SourceRefused
from medallion.prose import list_some

Compression = Literal["none", "gzip", "bz2", "zip", "zstd"]

ENDINGS: dict[str, Compression] = {".gz": "gzip", ".bz2": "bz2", ".zip": "zip", ".zst": "zstd"}

CHUNK_BYTES = 1024 * 1024
HARMLESS_BYTES = 1024**3
BOMB_RATIO = 200
"""What unpacks to more than a gigabyte, and to so many times its size, is not data."""
MOST_SHOWN = 10
"""Names of members in a message."""


def compression_of(name: str, declared: Compression | None) -> Compression:
    """The declared compression, else the one that the name's ending says."""
    return declared or ENDINGS.get(PurePosixPath(name).suffix.lower(), "none")


@contextmanager
def open_compressed(file: Path, compression: Compression, name: str) -> Iterator[BinaryIO]:
    """The file's content, unpacked while it is read. `name` is for messages.

    Raises:
        SourceRefused: in the block too: it is not packed that way, is cut off, or is a bomb.
    """
    if compression == "none":
        with file.open("rb") as raw:
            yield raw
        return
    try:
        with _OPENERS[compression](file, name) as content:
            yield io.BufferedReader(Bounded(content, most_bytes(file), name), CHUNK_BYTES)
    except EOFError:
        raise _refuse_cut(name) from None
    except (gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise _refuse_damaged(name, compression, error) from None
    except OSError as error:
        if error.errno is not None:
            raise
        # bz2 and Arrow say so of what they cannot read.
        cut = "truncated" in str(error).lower()
        raise (_refuse_cut(name) if cut else _refuse_damaged(name, compression, error)) from None


@contextmanager
def plain_file(file: Path, compression: Compression, name: str) -> Iterator[Path]:
    """The file itself if it is not compressed, else an unpacked copy that lives as long as the
    block.

    Raises:
        SourceRefused: as `open_compressed`.
    """
    if compression == "none":
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="medallion-unpacked-") as folder:
        copy = Path(folder) / "unpacked"
        with open_compressed(file, compression, name) as content, copy.open("wb") as target:
            shutil.copyfileobj(content, target, CHUNK_BYTES)
        yield copy


def has_padding(file: Path) -> bool:
    """Whether zeros follow the end of a gzip file: tapes and block devices leave them."""
    with file.open("rb") as raw:
        if not _ends_in_zero(raw):
            return False  # so does every file of less than 16 MB, unpacked
        unpacked = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        chunk = b""
        while chunk := chunk or raw.read(CHUNK_BYTES):
            unpacked.decompress(chunk, CHUNK_BYTES)
            chunk = unpacked.unconsumed_tail
            if unpacked.eof:
                chunk = unpacked.unused_data or raw.read(CHUNK_BYTES)
                if chunk.startswith(b"\0"):
                    return True
                unpacked = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    return False


def _ends_in_zero(raw: BinaryIO) -> bool:
    size = raw.seek(0, io.SEEK_END)
    raw.seek(max(size - 1, 0))
    last = raw.read(1)
    raw.seek(0)
    return last == b"\0"


def most_bytes(file: Path) -> int:
    """How much a compressed file may unpack to."""
    return max(HARMLESS_BYTES, BOMB_RATIO * file.stat().st_size)


def bomb(name: str) -> SourceRefused:
    """What to say of a file that unpacks to more."""
    return SourceRefused(
        f"{name} unpacks to more than {BOMB_RATIO} times its size: nothing was made of it",
        remedy="if it is meant, have it delivered without compression",
    )


def list_names(names: Sequence[str]) -> str:
    """Some names for a message.

    >>> list_names(["a.csv", "b.csv"])
    'a.csv, b.csv'
    """
    return list_some(names, MOST_SHOWN, nothing="no file")


class Bounded(io.RawIOBase):
    """Content that may not be longer than a limit."""

    def __init__(self, content: BinaryIO, limit: int, name: str) -> None:
        self._content = content
        self._left = limit
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self._content.read(len(buffer))
        self._left -= len(found)
        if self._left < 0:
            raise bomb(self._name)
        buffer[: len(found)] = found
        return len(found)


def _gzip(file: Path, name: str) -> BinaryIO:
    return cast("BinaryIO", gzip.open(file, "rb"))


def _bz2(file: Path, name: str) -> BinaryIO:
    return cast("BinaryIO", bz2.open(file, "rb"))


def _zstd(file: Path, name: str) -> BinaryIO:
    import pyarrow as pa

    return cast("BinaryIO", pa.CompressedInputStream(pa.OSFile(str(file), "rb"), "zstd"))


@contextmanager
def _zip(file: Path, name: str) -> Iterator[BinaryIO]:
    with zipfile.ZipFile(file) as archive:
        members = [
            member
            for member in archive.infolist()
            if not member.is_dir() and not member.filename.startswith("__MACOSX/")
        ]
        if len(members) != 1:
            raise SourceRefused(
                f"{name} holds {len(members)} files: "
                f"{list_names([one.filename for one in members])}"
                if members
                else f"{name} holds no file",
                remedy='say which of them are the data: `member: "*.csv"`; each is a part then',
            )
        inner = compression_of(members[0].filename, None)
        if inner != "none":
            ending = PurePosixPath(members[0].filename).suffix
            raise SourceRefused(
                f"{name} holds {members[0].filename}, which is packed again ({inner})",
                remedy=f'say that it is the data: `member: "*{ending}"`',
            )
        if members[0].flag_bits & 0x1:
            raise SourceRefused(
                f"{name} is protected by a password", remedy="have it packed without one"
            )
        with archive.open(members[0]) as content:
            yield cast("BinaryIO", content)


_OPENERS: dict[str, Callable[[Path, str], AbstractContextManager[BinaryIO]]] = {
    "gzip": _gzip,
    "bz2": _bz2,
    "zip": _zip,
    "zstd": _zstd,
}


def _refuse_damaged(name: str, compression: Compression, error: Exception) -> SourceRefused:
    return SourceRefused(
        f"{name} is not {compression}, or damaged: {error}",
        remedy="declare its `compression` (none, gzip, bz2, zip, zstd), or fix the file",
    )


def _refuse_cut(name: str) -> SourceRefused:
    return SourceRefused(
        f"{name} ends in the middle: it was cut, or is still being written",
        remedy="write such a file under another name and rename it when it is whole",
    )
