"""The logs of the local stack stay bounded: files by their size, Airflow's task logs by their age.

The components have their log open for appending, and keep writing to it: a full log is copied and
emptied in place. What is written between the two, some lines at most, is lost.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from medallion.errors import SetupError
from medallion.private_files import open_private

MIB = 1024**2
LOG_MIB = "MEDALLION_LOG_MIB"
TASK_LOG_DAYS = "MEDALLION_TASK_LOG_DAYS"
KEPT = 3
"""How many full logs stay beside the one that is written: `scheduler.log.1` is the latest."""
LOOK_EVERY_SECONDS = 30.0
SWEEP_EVERY_SECONDS = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large a log may become, in bytes, and how old the log of a task, in days."""

    log_bytes: int = 20 * MIB
    task_log_days: int = 30

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> Bounds:
        """An operator's own, where the environment has some.

        Raises:
            SetupError: one is not a whole number from 1 on.
        """
        size = _whole(environ, LOG_MIB, cls().log_bytes // MIB)
        return cls(
            log_bytes=size * MIB,
            task_log_days=_whole(environ, TASK_LOG_DAYS, cls().task_log_days),
        )


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    said = environ.get(name, "").strip() or str(default)
    if not said.isdecimal() or int(said) < 1:
        raise SetupError(
            f"{name}={said} is not a whole number from 1 on", remedy=f"the default is {default}"
        )
    return int(said)


class LogKeeper:
    """Looks at the logs now and then, from within another process' loop; it raises nothing.

    Args:
        logs: the files of components, wherever they are; `*.log` of each folder.
        task_logs: Airflow's folder of task logs.
    """

    def __init__(self, logs: Iterable[Path], task_logs: Path, bounds: Bounds) -> None:
        self._folders = tuple(logs)
        self._task_logs = task_logs
        self._bounds = bounds
        self._look_at = self._sweep_at = 0.0

    def look(self) -> None:
        """Rotate what is full, and delete task logs that are too old, where it is time for it."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_SECONDS
            for folder in self._folders:
                for log in sorted(folder.glob("*.log")):
                    with suppress(OSError):
                        rotate(log, self._bounds.log_bytes)
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_EVERY_SECONDS
            sweep(self._task_logs, self._bounds.task_log_days)


def rotate(log: Path, most: int, kept: int = KEPT) -> bool:
    """Copy a log that is larger than `most` bytes aside, and empty it; whether it was.

    Raises:
        OSError: the disk is full, or away: the log stays as it is.
    """
    if log.is_symlink() or log.stat().st_size <= most:
        return False
    draft = log.with_name(f".{log.name}.rotating")
    try:
        with log.open("rb") as full, open_private(draft) as copy:
            shutil.copyfileobj(full, copy)
            for number in range(kept - 1, 0, -1):
                with suppress(FileNotFoundError):
                    _number(log, number).replace(_number(log, number + 1))
            shutil.copyfileobj(full, copy)  # what was written in the meantime
            # Whoever could read it still can: the journal of reads asks PostgreSQL for its own.
            os.fchown(copy.fileno(), log.stat().st_uid, log.stat().st_gid)
            os.truncate(log, 0)
        draft.replace(_number(log, 1))
    finally:
        draft.unlink(missing_ok=True)
    return True


def _number(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")


def sweep(task_logs: Path, days: int) -> int:
    """Delete the logs of tasks and parses that nobody has written to for so many days, and folders
    that are left empty; how many logs. No link is followed.
    """
    oldest = time.time() - days * 24 * 3600
    # A folder's own time changes as files go: it is taken before.
    empty_then = [
        folder for folder, _, _ in os.walk(task_logs, topdown=False) if _is_older(folder, oldest)
    ]
    gone = 0
    for folder, file in _files(task_logs):
        path = Path(folder, file)
        with suppress(OSError):
            if path.lstat().st_mtime < oldest:
                path.unlink()
                gone += 1
    for folder in empty_then:
        if folder != str(task_logs):
            with suppress(OSError):  # it is not empty
                Path(folder).rmdir()
    return gone


def _is_older(path: str, moment: float) -> bool:
    with suppress(OSError):
        return Path(path).lstat().st_mtime < moment
    return False


def _files(root: Path) -> Iterator[tuple[str, str]]:
    for folder, _, files in os.walk(root):
        for file in files:
            yield folder, file
