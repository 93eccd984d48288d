"""A file that is being landed, as the readers of its format are given it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medallion.sources.formats.compressions import Compression


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAtHand:
    """A file on this machine: itself, or the copy of a remote one."""

    path: Path
    name: str
    """What messages call it."""
    compression: Compression
    encoding: str = ""
    """As it was found out; of text only."""
