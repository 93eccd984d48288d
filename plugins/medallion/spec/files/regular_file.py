"""Reading a file that a person put into the project: bounded, regular, and inside its folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from medallion.spec.files.evidence import note_file

SPECS_FOLDER = "specs"

MAX_BYTES = 1 << 20
"""1 MiB: a spec of a thousand columns has some 100 kB."""


class FileRefused(Exception):
    """The file is there, and is not to be read."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def read_bounded(path: Path, folder: Path) -> bytes:
    """The bytes of `path`.

    Args:
        path: absolute; it may be a symbolic link that stays below `folder`.
        folder: of the project, for files of this kind; it may itself be a link, of the operator's.

    Raises:
        FileNotFoundError: there is nothing of that name.
        FileRefused: a folder, a device, a link that leads elsewhere, no permission, too big.
    """
    data: bytes | None = None
    try:
        data = _read(path, folder)
        return data
    except FileNotFoundError:
        if path.is_symlink():
            raise FileRefused(
                "is a symbolic link that leads nowhere", "remove it, or fix its target"
            ) from None
        raise
    except PermissionError as error:
        raise FileRefused("may not be read", f"chmod +r {path.name}") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise FileRefused(f"cannot be read: {said}", "look at the file and its folder") from error
    finally:
        note_file(path, folder, data)


def is_below(resolved: str, folder: str) -> bool:
    """Whether a resolved path is inside a resolved folder. Quicker than Path.is_relative_to."""
    return resolved.startswith(os.path.join(folder, ""))  # noqa: PTH118  # Path drops the last slash


def _read(path: Path, folder: Path) -> bytes:
    if not is_below(os.path.realpath(path), os.path.realpath(folder)):
        raise FileRefused(
            f"leads out of the folder {folder.name}/ through a symbolic link",
            "copy the file into that folder",
        )
    # Without O_NONBLOCK, opening a FIFO would wait for a writer for ever.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise FileRefused("is a folder", "rename it: that name is for a file")
        if not stat.S_ISREG(mode):
            raise FileRefused("is not a regular file", "remove it")
        data = _bounded(handle)
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        raise FileRefused(f"has more than {MAX_BYTES:,} bytes", "split it")
    return data


def _bounded(handle: int) -> bytes:
    """A file to its end, or one byte more than is allowed: a read may give less than is asked."""
    data = b""
    while len(data) <= MAX_BYTES and (chunk := os.read(handle, MAX_BYTES + 1 - len(data))):
        data += chunk
    return data
