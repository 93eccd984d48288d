"""Where the lake is: a local folder, or anything that Airflow's ObjectStoragePath reaches."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from pathlib import Path
from typing import IO, TYPE_CHECKING

from medallion.disk import Room, is_passing, room_at
from medallion.errors import LakeError, LakeUnavailable
from medallion.lake.fence import hold_to_fence
from medallion.private_files import open_private, private_folder

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

    LakePath = Path | ObjectStoragePath


def lake_path(uri: str) -> LakePath:
    """The path of a URI. Airflow is imported only for one that is not local."""
    if "://" not in uri or uri.startswith("file://"):
        return Path(uri.removeprefix("file://")).absolute()
    from airflow.sdk import ObjectStoragePath

    logging.getLogger("azure").setLevel(logging.WARNING)  # it logs the headers of each request
    return ObjectStoragePath(uri)


def below(folder: LakePath, name: str) -> LakePath:
    """A file directly in a folder.

    Raises:
        LakeError: the name would leave the folder.
    """
    if not name or "/" in name or "\\" in name or name in (".", ".."):
        raise LakeError(f"{name!r} is not a name of a part", remedy="the landing is damaged")
    return folder / name


@contextmanager
def writing(path: LakePath) -> Iterator[None]:
    """Turn the file system's errors into LakeError or LakeUnavailable, with the path."""
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
    """Create `<prefix>-<number>` below a folder, or with the next number that is free."""
    hold_to_fence(parent)
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


def make_folder(folder: Path) -> None:
    """Create a folder of this machine, and those above it, where they are not there.

    Raises:
        LakeError: the environment that works may not change it.
        OSError: as the system says.
    """
    hold_to_fence(folder)
    folder.mkdir(parents=True, exist_ok=True)


def children(folder: LakePath) -> list[LakePath]:
    """The files and folders directly below, unordered; empty if there is no folder. Object stores
    have no folders: theirs are prefixes of names."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):  # object stores say the latter
        return []


def remove(folder: LakePath) -> None:
    """Delete a folder with its content. It may already be gone: another process may be deleting
    it."""
    hold_to_fence(folder)
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):  # it is gone already
            folder.rmdir(recursive=True)


def room_of(root: str) -> Room | None:
    """The free space of the lake's disk; None if the lake is not a folder, or the disk does not
    answer."""
    path = lake_path(root)
    if not isinstance(path, Path):
        return None
    with suppress(OSError):
        return room_at(path)
    return None


def remove_file(path: LakePath) -> None:
    """Delete a file, ignoring failure: the folder's removal will take it."""
    hold_to_fence(path)
    with suppress(OSError):
        path.unlink(missing_ok=True)


def delete_file(path: LakePath) -> None:
    """Delete a file that may be gone already.

    Raises:
        OSError: it cannot be deleted.
    """
    hold_to_fence(path)
    with suppress(FileNotFoundError):
        path.unlink()


def delete_files(files: Iterable[LakePath]) -> None:
    """`delete_file` of each."""
    for one in files:
        delete_file(one)


def delete_folder(folder: Path) -> None:
    """Delete a folder of a local lake with its content.

    Raises:
        FileNotFoundError: it is gone already.
        OSError: it cannot be deleted.
    """
    hold_to_fence(folder)
    shutil.rmtree(folder)


def delete_empty_folder(folder: Path) -> None:
    """Delete a folder of a local lake, unless something is in it."""
    hold_to_fence(folder)
    with suppress(OSError):
        folder.rmdir()


def ensure_folder(folder: LakePath) -> None:
    """Make a folder of a local lake, with its parents; an object store needs none."""
    hold_to_fence(folder)
    if isinstance(folder, Path):
        private_folder(folder)


def link_file(source: LakePath, target: LakePath) -> bool:
    """Give a file of a local lake a second name; whether that could be done."""
    hold_to_fence(source)
    hold_to_fence(target)
    if isinstance(source, Path) and isinstance(target, Path):
        with suppress(OSError):  # a file system without hard links
            os.link(source, target)
            return True
    return False


def keep(file: IO[bytes]) -> None:
    """Flush a local file to the disk (fsync): a power cut loses nothing after that."""
    file.flush()
    with suppress(UnsupportedOperation, AttributeError):  # a remote file has no number
        os.fsync(file.fileno())


def create(path: LakePath, mode: str = "wb") -> IO[bytes]:
    """Open a file for writing; in a local lake only its owner may read it."""
    hold_to_fence(path)
    if isinstance(path, Path):
        return open_private(path, mode)
    file: IO[bytes] = path.open(mode)  # type: ignore[no-untyped-call]
    return file


def write_whole(path: LakePath, content: bytes) -> None:
    """Write a small file atomically: readers see all of it or nothing."""
    hold_to_fence(path)
    if not isinstance(path, Path):
        path.write_bytes(content)  # an object store puts an object whole
        return
    temporary = path.with_name(f"{path.name}.tmp")
    with open_private(temporary) as file:
        file.write(content)
        keep(file)
    # Only now, with its bytes on the disk: a crash leaves the old file or the new one.
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name too
    finally:
        os.close(folder)
