"""The files that a source has found: wherever they are, they are read from this machine's disk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from medallion.errors import SourceRefused, SourceUnavailable

MOST_FILES = 10_000
_LONGEST_NAME = 200
"""Bytes of UTF-8: file systems have 255."""


class FoundFile(Protocol):
    """One file, in the project or elsewhere."""

    @property
    def name(self) -> str:
        """The path relative to the project, or the URL without secrets; the same in every run."""

    @property
    def short_name(self) -> str:
        """The part of the name that differs between the files of a pattern."""

    @property
    def listed(self) -> str:
        """Its state when it was listed; empty if a later change might not show in the state."""

    def state(self) -> str:
        """A text that changes when the file is written."""

    def at_hand(self) -> AbstractContextManager[Path]:
        """The file on this machine: itself, or a copy that lives as long as the block."""


class NoFiles(SourceRefused):
    """No file matches the source's path."""


class NotOnThisDisk(NoFiles):
    """No file of this machine's disk does."""


def hold_to_state(file: FoundFile, before: str) -> None:
    """Refuse a file that was written since its state was `before`: what was read may be of both.

    Raises:
        SourceUnavailable: it was.
    """
    if file.state() != before:
        raise SourceUnavailable(
            f"{file.name} was changed while it was read",
            remedy="write such a file under another name, and rename it when it is whole",
        )


def part_names(files: Sequence[FoundFile]) -> list[str]:
    """A part name for each file, without characters that readers take for a pattern or a folder."""
    if len(files) == 1:
        return [_plain(files[0].short_name.rpartition("/")[2])]
    return [part_name(number, file) for number, file in enumerate(files)]


def part_name(number: int, file: FoundFile) -> str:
    """The name of one part of several. Of a very long name, its end."""
    plain = _plain(file.short_name).encode()[-_LONGEST_NAME:].decode(errors="ignore")
    return f"{number:05d}_{plain}"


def not_too_many(number: int, path: str) -> None:
    """Refuse a pattern that matches more files than one landing may have.

    Raises:
        SourceRefused: it matches more than 10,000.
    """
    if number > MOST_FILES:
        raise SourceRefused(
            f"{number:,} files are named like {path}, and {MOST_FILES:,} are the most",
            remedy="make the pattern narrower",
        )


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)
