"""Disks: which of their errors pass by themselves, and how much room they have."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

GIB = 1024**3
ENOUGH_PERCENT = 10
ENOUGH_GIB = 10.0
"""A disk with a tenth of its room free, or with this much, is no reason to warn."""

WARN_GIB = "MEDALLION_DISK_WARN_GIB"
"""An operator's own threshold, in its place."""

_PASSING = frozenset(
    {
        errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN, errno.EBUSY, errno.EINTR,
        errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ETIMEDOUT,
        errno.ECONNRESET, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH,
    }
)  # fmt: skip


def is_passing(error: OSError) -> bool:
    """Whether a later try may succeed: a full disk, a mount that does not answer."""
    return error.errno in _PASSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A disk's free and whole size in bytes; `path` is some folder on it."""

    path: Path
    free: int
    total: int

    @property
    def is_low(self) -> bool:
        """Whether an operator should act before it is full."""
        own = os.environ.get(WARN_GIB)
        if own:
            return self.free < float(own) * GIB
        return self.free < min(self.total * ENOUGH_PERCENT / 100, ENOUGH_GIB * GIB)

    def __str__(self) -> str:
        return (
            f"{self.free / GIB:.1f} of {self.total / GIB:.1f} GiB are free on the disk of "
            f"{self.path}"
        )


def room_at(path: Path) -> Room:
    """The room on the disk that holds a path, or would hold it once it is there.

    Raises:
        OSError: the disk does not answer.
    """
    place = path.absolute()
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    return Room(path=path, free=usage.free, total=usage.total)
