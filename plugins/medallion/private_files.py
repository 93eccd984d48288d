"""Folders and files that only their owner reads, whatever the umask of the process is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

CLOSED_UMASK = 0o077
"""For child processes: what they make is for their owner."""


def private_folder(folder: Path, *, exist_ok: bool = True) -> Path:
    """Create a folder, with missing parents, that only its owner may enter.

    Raises:
        FileExistsError: it exists, and `exist_ok` is False.
    """
    if not folder.parent.exists():
        private_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not exist_ok or not folder.is_dir():
            raise
    return folder


def open_private(path: Path, mode: str = "wb") -> IO[bytes]:
    """Open a file for writing bytes; if this creates it, only its owner may read it."""
    return open(path, mode, opener=_opener)  # Path.open takes no opener


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
