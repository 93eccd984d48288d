"""Lines of a project's files, to be shown beside what is wrong with them."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath

from medallion.spec.files.regular_file import FileRefused, read_bounded
from medallion.spec.messages.report import Lines


def lines_below(root: Path) -> Lines:
    """What gives the lines of a file by its path below `root`, none where it cannot be read.

    It is held to what a spec is held to, because it may be one that was refused for that: a link
    to a device, or out of its folder, is not read.
    """

    @cache
    def lines(path: str) -> list[str]:
        try:
            data = read_bounded(root / path, root / PurePosixPath(path).parts[0])
        except (OSError, FileRefused):
            return []
        return data.decode("utf-8-sig", errors="replace").split("\n")

    return lines
