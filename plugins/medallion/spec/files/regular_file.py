"""Reads files that people put into the project: at most 1 MiB, regular files only, and inside their
folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from medallion.spec.files.evidence import note_file

SPECS_FOLDER = "specs"
CALENDARS_FOLDER = "include/calendars"
COMPILED_FOLDERS = (SPECS_FOLDER, "include/sql", "include/python", CALENDARS_FOLDER)
"""What a project's specs are compiled from, below its root; no data."""

_HELD = "/proc/self/fd"

MAX_BYTES = 1 << 20
"""1 MiB: a spec of a thousand columns has some 100 kB."""


class FileRefused(Exception):
    """The file exists but must not be read. `problem` continues a sentence about the file."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def read_bounded(path: Path | str, folder: Path | str) -> bytes:
    """The bytes of `path`.

    Args:
        path: absolute; it may be a symbolic link that stays below `folder`.
        folder: the project's folder for such files; it may itself be a link, made by the operator.

    Raises:
        FileNotFoundError: there is nothing of that name.
        FileRefused: it is a folder, a device, a link that leads elsewhere, too large, or not
            permitted.
    """
    data: bytes | None = None
    problem = ""
    try:
        data = _read_or_refuse(path, folder)
        return data
    except FileRefused as refused:
        problem = refused.problem
        raise
    finally:
        note_file(path, folder, data, problem)


def _read_or_refuse(path: Path | str, folder: Path | str) -> bytes:
    try:
        return _read(path, folder)
    except FileNotFoundError:
        if os.path.islink(path):  # noqa: PTH114
            raise FileRefused(
                "is a symbolic link that leads nowhere", "remove it, or fix its target"
            ) from None
        raise
    except PermissionError as error:
        raise FileRefused("may not be read", f"chmod +r {Path(path).name}") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise FileRefused(f"cannot be read: {said}", "look at the file and its folder") from error


def is_below(resolved: str, folder: str) -> bool:
    """Whether a resolved path is inside a resolved folder. Faster than Path.is_relative_to.

    >>> is_below("/data/shop/a.csv", "/data/shop"), is_below("/data/shopping", "/data/shop")
    (True, False)
    """
    return resolved.startswith(os.path.join(folder, ""))  # noqa: PTH118  # Path drops the last slash


def _read(path: Path | str, folder: Path | str) -> bytes:
    """Hot: Airflow has every spec looked at again and again."""
    if not os.path.isdir(_HELD):  # noqa: PTH112
        _hold_to_folder(os.path.realpath(path), folder)
        return _read_regular(path)
    # The kernel says where a file is that is held, and nobody puts another one in its place. To
    # hold it is not to open it: a device does not notice.
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _hold_to_folder(_place_of(handle), folder)
        return _read_regular(f"{_HELD}/{handle}")
    finally:
        os.close(handle)


def _hold_to_folder(place: str, folder: Path | str) -> None:
    if not is_below(place, resolve_path(folder)):
        raise FileRefused(
            f"leads out of the folder {Path(folder).name}/ through a symbolic link",
            "copy the file into that folder",
        )


def resolve_path(path: Path | str) -> str:
    """`os.path.realpath`, in a third of its time on Linux."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (OSError, AttributeError):  # it leads nowhere, or this is not Linux
        return os.path.realpath(path)
    try:
        return _place_of(handle)
    except OSError:
        return os.path.realpath(path)
    finally:
        os.close(handle)


def _place_of(handle: int) -> str:
    return os.readlink(f"{_HELD}/{handle}")  # noqa: PTH115


def _read_regular(path: Path | str) -> bytes:
    # Without O_NONBLOCK, opening a FIFO would wait for a writer for ever.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise FileRefused("is a folder", "rename it: that name is for a file")
        if not stat.S_ISREG(mode):
            raise FileRefused("is not a regular file", "remove it")
        data = _read_bounded(handle)
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        raise FileRefused(f"has more than {MAX_BYTES:,} bytes", "split it")
    return data


def _read_bounded(handle: int) -> bytes:
    """A file to its end, or one byte more than is allowed: a read may give less than is asked."""
    data = b""
    while len(data) <= MAX_BYTES and (chunk := os.read(handle, MAX_BYTES + 1 - len(data))):
        data += chunk
    return data
