"""The lines of what specs declare, worked out only where they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from medallion.spec.files.regular_file import FileRefused, read_bounded
from medallion.spec.findings.positions import KeyPath, Positions


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A line of a file below the project's folder; line 0: the file as a whole."""

    path: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


NOWHERE = Place()


class Places:
    """The places of one project's keys."""

    def __init__(self, root: Path) -> None:
        self._positions = cache(lambda path: _positions(root, path))

    def of(self, path: str, key: KeyPath) -> Place:
        """The line of a key; of its nearest parent where the file does not have it."""
        positions = self._positions(path)
        if positions is None:
            return Place(path=path)
        return Place(path=path, line=positions.place(key, on_key=True).line)


def _positions(root: Path, path: str) -> Positions | None:
    """None where the file cannot be read any more."""
    try:
        data = read_bounded(root / path, root / Path(path).parts[0])
        return Positions(data.decode("utf-8-sig"))
    except (OSError, FileRefused, ValueError):
        return None
