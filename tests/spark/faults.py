"""Jobs whose workers are killed at the worst moments. Spark's workers import this module."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medallion.steps.clean.spark.task import CleanParts
from medallion.steps.parts.duckdb_engine import THREADS
from medallion.warehouse.session.transaction import Session

PLACE = "MEDALLION_TEST_FAULTS"
"""The folder in which workers say where they are, for each other and for the test."""
KIND = "MEDALLION_TEST_FAULT"
"""Which of the jobs below a process takes."""


def is_first(what: str) -> bool:
    """Whether nobody was here before."""
    try:
        (Path(os.environ[PLACE]) / what).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class KilledBeforeCommit(CleanParts):
    """The first worker of each part dies with all its rows copied."""

    def _stage(self, connection: Session, part: int, rejects: Any, folder: Path) -> dict[str, Any]:
        counts = CleanParts._stage(self, connection, part, rejects, folder)
        if is_first(f"before-{part}"):
            os.kill(os.getpid(), signal.SIGKILL)
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class KilledAfterCommit(CleanParts):
    """The first worker of each part dies before it can say that the part is staged."""

    def clean(self, part: int) -> None:
        """Stage a part, and die."""
        CleanParts.clean(self, part)
        if is_first(f"after-{part}"):
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck(CleanParts):
    """Workers that wait with all their rows copied, until the test lets them commit."""

    def _stage(self, connection: Session, part: int, rejects: Any, folder: Path) -> dict[str, Any]:
        counts = CleanParts._stage(self, connection, part, rejects, folder)
        place = Path(os.environ[PLACE])
        (place / f"stuck-{part}").write_text(str(os.getpid()))
        while not (place / "go-on").exists():
            time.sleep(0.05)
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysKilled(CleanParts):
    """No worker ever ends."""

    def clean(self, part: int) -> None:
        """Die."""
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched(CleanParts):
    """Workers that say how many streams they are, and on how many cores."""

    def _stage(self, connection: Session, part: int, rejects: Any, folder: Path) -> dict[str, Any]:
        (Path(os.environ[PLACE]) / f"part-{part}").write_text(os.environ[THREADS])
        return CleanParts._stage(self, connection, part, rejects, folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """A job that says to its workers where the folder is: they were started before the test."""

    job: CleanParts
    place: str

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The job's."""
        return self.job.groups

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """The job."""
        os.environ[PLACE] = self.place
        yield from self.job(batches)
