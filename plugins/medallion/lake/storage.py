"""Where the lake is: a local folder, or anything that Airflow's ObjectStoragePath reaches."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from pathlib import Path
from typing import IO, TYPE_CHECKING

from medallion.disk import Room, is_passing, room_at
from medallion.errors import LakeError, LakeUnavailable
from medallion.private_files import open_private, private_folder

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

    LakePath = Path | ObjectStoragePath


def lake_path(uri: str) -> LakePath:
    """The path that a URI names. Airflow is only imported for one that is not local."""
    if "://" not in uri or uri.startswith("file://"):
        return Path(uri.removeprefix("file://")).absolute()
    from airflow.sdk import ObjectStoragePath

    logging.getLogger("azure").setLevel(logging.WARNING)  # it logs the headers of each request
    return ObjectStoragePath(uri)


def below(folder: LakePath, name: str) -> LakePath:
    """A file of a folder.

    Raises:
        LakeError: the name would leave the folder.
    """
    if not name or "/" in name or "\\" in name or name in (".", ".."):
        raise LakeError(f"{name!r} is not a name of a part", remedy="the landing is damaged")
    return folder / name


@contextmanager
def writing(path: LakePath) -> Iterator[None]:
    """Say of errors of the file system that they are the lake's, and where."""
    try:
        yield
    except OSError as error:
        kind, remedy = (
            (LakeUnavailable, "make room on the disk, or bring it back")
            if is_passing(error)
            else (LakeError, "may Airflow's user write to the lake?")
        )
        problem = f"{path} cannot be written: {error.strerror or error}"
        raise kind(problem, remedy=remedy) from error


def new_folder(parent: LakePath, prefix: str, number: int) -> LakePath:
    """`<prefix>-<number>` below a folder, or with the next number that nobody has taken."""
    while True:
        folder: LakePath = parent / f"{prefix}-{number}"
        try:
            if isinstance(folder, Path):
                private_folder(folder, exist_ok=False)
            else:
                folder.mkdir(parents=True, exist_ok=True)
            return folder
        except FileExistsError:
            number += 1


def children(folder: LakePath) -> list[LakePath]:
    """Files and folders directly below, in no order; none where there is no folder (object stores
    have none: theirs are what names of objects begin with)."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):  # object stores say the latter
        return []


def remove(folder: LakePath) -> None:
    """A folder and all that is in it. Another process may be doing the same."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):  # it is gone already
            folder.rmdir(recursive=True)


def room_of(root: str) -> Room | None:
    """The room on the lake's disk; None where the lake is not a folder, or does not answer."""
    path = lake_path(root)
    if not isinstance(path, Path):
        return None
    with suppress(OSError):
        return room_at(path)
    return None


def remove_file(path: LakePath) -> None:
    """A file that is worth nothing; where it stays, the folder's removal takes it."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def keep(file: IO[bytes]) -> None:
    """Have a local file's bytes on the disk, not only on their way: a power cut takes nothing."""
    file.flush()
    with suppress(UnsupportedOperation, AttributeError):  # a remote file has no number
        os.fsync(file.fileno())


def create(path: LakePath, mode: str = "wb") -> IO[bytes]:
    """Open a file for writing; one of a local lake is for its owner only."""
    if isinstance(path, Path):
        return open_private(path, mode)
    file: IO[bytes] = path.open(mode)  # type: ignore[no-untyped-call]
    return file


def write_whole(path: LakePath, content: bytes) -> None:
    """Write a small file so that it is there whole or not at all."""
    if not isinstance(path, Path):
        path.write_bytes(content)  # an object store puts an object whole
        return
    temporary = path.with_name(f"{path.name}.tmp")
    with open_private(temporary) as file:
        file.write(content)
        keep(file)
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name too
    finally:
        os.close(folder)
