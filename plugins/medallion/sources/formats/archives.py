"""Zip and tar archives of several files: those of them that are wanted, and their content, bounded.

A name in an archive is only ever compared and shown, never used as a path.
"""

from __future__ import annotations

import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from pathlib import Path
from tarfile import EOFHeaderError, HeaderError, ReadError, TarFile  # type: ignore[attr-defined]
from typing import IO, BinaryIO, Self, cast

from medallion.errors import SourceRefused
from medallion.sources.formats.compressions import (
    CHUNK_BYTES,
    MOST_SHOWN,
    Bounded,
    Compression,
    bomb,
    list_names,
    most_bytes,
    open_compressed,
)

MOST_ENTRIES = 100_000
"""Files, folders and links of an archive. One landing has far fewer parts."""

TAR_ENDINGS = (".tar", ".tgz", ".tbz2", ".tar.gz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst")

_LARGEST_HEADER = 1024 * 1024
_XZ = b"\xfd7zXZ\x00"
_XZ_MEMORY = 256 * 1024 * 1024
_MAGIC: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_HEADERS = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(EOFError, NotImplementedError, UnicodeError),
)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in an archive.

    `open` gives its content, once, and only until the next member is asked for.
    """

    name: str
    """As messages show it: with slashes, and without characters that cannot be shown."""
    open: Callable[[], AbstractContextManager[BinaryIO]]


def is_archive(name: str) -> bool:
    """Whether a file's name is that of a zip or a tar.

    >>> is_archive("sales.zip"), is_archive("sales.csv.gz")
    (True, False)
    """
    return name.lower().endswith(".zip") or is_tar(name)


def is_tar(name: str) -> bool:
    """Whether a file's name is that of a tar.

    >>> is_tar("Sales.TGZ"), is_tar("sales.csv.gz")
    (True, False)
    """
    return name.lower().endswith(TAR_ENDINGS)


def matches(name: str, pattern: str) -> bool:
    """Whether a member is meant. A pattern without a slash is held against the last part of the
    name; `**` is any number of folders. What is hidden, and what macOS adds, is not meant.

    >>> matches("2026/sales.csv", "*.csv"), matches("2026/sales.csv", "2025/*.csv")
    (True, False)
    >>> matches("a/b/c.csv", "a/**/*.csv"), matches("__MACOSX/._c.csv", "*.csv")
    (True, False)
    """
    steps = [step for step in name.split("/") if step not in ("", ".")]
    if not steps or any(step.startswith(".") or step == "__MACOSX" for step in steps):
        return False
    wanted = pattern.split("/")
    if len(wanted) == 1:
        steps = steps[-1:]
    used = {0}
    """How many steps of the name may be used up by what was looked at of the pattern."""
    for step in wanted:
        if step == "**":
            used = {n for start in used for n in range(start, len(steps) + 1)}
        else:
            used = {n + 1 for n in used if n < len(steps) and fnmatchcase(steps[n], step)}
    return len(steps) in used


def members(archive: Path, name: str, pattern: str) -> Iterator[Member]:
    """The members of an archive that match, in the archive's order. Use each before the next.

    Args:
        archive: a zip, or a tar, plain or compressed: its content says which.
        name: the archive's, for messages.
        pattern: see `matches`.

    Raises:
        SourceRefused: here or while a member is read: it is not such an archive, damaged, a bomb or
            protected by a password; nothing in it matches, or two files of one name do.
    """
    seen: set[str] = set()
    others: list[str] = []
    for member in _all_members(archive, name):
        if not matches(member.name, pattern):
            others += [member.name] if len(others) <= MOST_SHOWN else []
            continue
        if member.name in seen:
            raise SourceRefused(
                f"{name} holds two files named {member.name}",
                remedy="have it packed again, each file under a name of its own",
            )
        seen.add(member.name)
        yield member
    if not seen:
        raise SourceRefused(
            f"{name} holds no file like {pattern}; it holds {list_names(others)}",
            remedy="fix `member`: *.csv is any file of that ending, sales/*.csv those of a folder",
        )


def tar_without_member(archive: Path, name: str) -> SourceRefused:
    """What to say of a tar of which no member is named."""
    names = [member.name for member in islice(_all_members(archive, name), MOST_SHOWN + 1)]
    return SourceRefused(
        f"{name} is an archive; it holds {list_names(names)}",
        remedy='say which of its files are the data: `member: "*.csv"`',
    )


def _all_members(archive: Path, name: str) -> Iterator[Member]:
    with archive.open("rb") as content:
        start = content.read(8)
    budget = _Budget(archive, name)
    found = _of_zip(archive, budget) if start.startswith(b"PK") else _of_tar(archive, start, budget)
    with _translate_errors(name):
        for number, member in enumerate(found):
            if number >= MOST_ENTRIES:
                raise SourceRefused(
                    f"{name} holds more than {MOST_ENTRIES:,} files",
                    remedy="have it packed in several archives",
                )
            yield member


@contextmanager
def _translate_errors(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise _refuse_damaged(name, error) from None  # gzip, bz2 and Arrow say so
    except _BROKEN as error:
        raise _refuse_damaged(name, error) from None


def _refuse_damaged(name: str, error: Exception) -> SourceRefused:
    return SourceRefused(
        f"{name} is not a zip or tar, or damaged: {error}",
        remedy="`member` is for archives. If it is one: was it cut, or is it still being written?",
    )


def _of_zip(archive: Path, budget: _Budget) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if not info.is_dir():
                yield Member(
                    name=_printable(info.filename.replace("\\", "/")),
                    open=partial(_zip_content, opened, info, budget),
                )


@contextmanager
def _zip_content(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget
) -> Iterator[BinaryIO]:
    if info.flag_bits & 0x1:
        raise SourceRefused(
            f"{budget.name}: {_printable(info.filename)} is protected by a password",
            remedy="have it packed without one",
        )
    with _translate_errors(budget.name), archive.open(info) as content:
        yield budget.limit(content)


def _of_tar(archive: Path, start: bytes, budget: _Budget) -> Iterator[Member]:
    with (
        _open_unpacked(archive, start, budget.name) as stream,
        tarfile.open(
            fileobj=stream, mode="r|", tarinfo=_Entry, encoding="utf-8", errors="replace"
        ) as opened,
    ):
        while (info := opened.next()) is not None:
            opened.members = []  # type: ignore[attr-defined]  # it would keep all of them
            if not info.isdir():
                yield Member(
                    name=_printable(info.name), open=partial(_tar_content, opened, info, budget)
                )
        while stream.read(CHUNK_BYTES):  # what packed it has its checksum at the end
            pass


@contextmanager
def _tar_content(
    archive: tarfile.TarFile, info: tarfile.TarInfo, budget: _Budget
) -> Iterator[BinaryIO]:
    if not info.isfile():
        raise SourceRefused(
            f"{budget.name}: {_printable(info.name)} is a link or a device, not a file",
            remedy="have the file itself packed, or make `member` narrower",
        )
    content = archive.extractfile(info)
    assert content is not None  # noqa: S101  # it is a file
    with _translate_errors(budget.name), content:
        yield budget.limit(content)


@contextmanager
def _open_unpacked(archive: Path, start: bytes, name: str) -> Iterator[BinaryIO]:
    """The bytes of a tar, whatever it is packed in. A bomb ends in SourceRefused."""
    if start.startswith(_XZ):
        with archive.open("rb") as raw:
            content = cast("BinaryIO", _Xz(raw))
            yield io.BufferedReader(Bounded(content, most_bytes(archive), name))
        return
    compression = next((word for magic, word in _MAGIC if start.startswith(magic)), "none")
    with open_compressed(archive, cast("Compression", compression), name) as content:
        yield content


class _Entry(tarfile.TarInfo):
    """An entry of a tar, stricter than tarfile's own."""

    @classmethod
    def fromtarfile(cls, tarfile: TarFile) -> Self:
        """The next entry. tarfile takes a tar that was cut for one that ends there.

        Raises:
            tarfile.ReadError: it ends without its mark, or what follows is not an entry.
        """
        try:
            return super().fromtarfile(tarfile)
        except EOFHeaderError:
            raise
        except HeaderError as error:
            raise ReadError(f"it ends in the middle: {error}") from None

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """An entry of its 512 bytes.

        Raises:
            tarfile.ReadError: its name or attributes, which tarfile holds in memory, are too long.
        """
        found = super().frombuf(buf, encoding, errors)
        if found.type in _HEADERS and found.size > _LARGEST_HEADER:
            raise ReadError("a name or attributes of more than a megabyte")
        return found


class _Budget:
    """What all members of an archive may unpack to, together."""

    def __init__(self, archive: Path, name: str) -> None:
        self.name = name
        self._left = most_bytes(archive)

    def limit(self, content: IO[bytes]) -> BinaryIO:
        """The content; what is read of it is taken from the rest."""
        return io.BufferedReader(_Counted(content, self))

    def take(self, found: int) -> None:
        """Count bytes. Raises SourceRefused when they are too many."""
        self._left -= found
        if self._left < 0:
            raise bomb(self.name)


class _Counted(io.RawIOBase):
    """A member's content, counted while it is read."""

    def __init__(self, content: IO[bytes], budget: _Budget) -> None:
        self._content = content
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self._content.read(len(buffer))
        self._budget.take(len(found))
        buffer[: len(found)] = found
        return len(found)


class _Xz(io.RawIOBase):
    """An .xz stream, unpacked in bounded memory: its header may ask for gigabytes."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._unpack = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end. Raises EOFError if the stream was cut."""
        while not self._unpack.eof:
            packed = self._raw.read(64 * 1024) if self._unpack.needs_input else b""
            if self._unpack.needs_input and not packed:
                raise EOFError("it ends in the middle")
            if found := self._unpack.decompress(packed, size):
                return found
        return b""


def _printable(name: str) -> str:
    return _UNPRINTABLE.sub("�", name).removeprefix("./")
