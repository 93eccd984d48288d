"""The files that a source has found: wherever they are, they are read from this machine's disk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from medallion.errors import SourceRefused

MOST_FILES = 10_000


class FoundFile(Protocol):
    """One file, in the project or somewhere else."""

    @property
    def name(self) -> str:
        """Relative to the project, or its URL (without secrets); the same in every run."""

    @property
    def short_name(self) -> str:
        """What tells it from the others of its pattern."""

    @property
    def listed(self) -> str:
        """Its state when it was found; empty where a change of it could stay unseen."""

    def state(self) -> str:
        """What changes whenever somebody writes to it."""

    def at_hand(self) -> AbstractContextManager[Path]:
        """The file on this machine: itself, or a copy for the block's time."""


class NoFiles(SourceRefused):
    """No file is named so."""


def part_names(files: Sequence[FoundFile]) -> list[str]:
    """A name for each file's part, without what readers take for a pattern or a folder."""
    if len(files) == 1:
        return [_plain(files[0].short_name.rpartition("/")[2])]
    return [f"{number:05d}_{_plain(file.short_name)}" for number, file in enumerate(files)]


def not_too_many(number: int, path: str) -> None:
    """Hold a pattern to what one landing can have.

    Raises:
        SourceRefused: it names more files.
    """
    if number > MOST_FILES:
        raise SourceRefused(
            f"{number:,} files are named like {path}, and {MOST_FILES:,} are the most",
            remedy="make the pattern narrower",
        )


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)
