"""Files on this machine that a source names, one or several by a pattern."""

from __future__ import annotations

import difflib
import glob
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from medallion.errors import SourceRefused
from medallion.sources.found_files import FoundFile, NoFiles, not_too_many
from medallion.sources.locations import FILE_ROOTS, Location, file_roots


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file below a folder that may be read."""

    path: Path
    name: str
    short_name: str

    @property
    def listed(self) -> str:
        """Its state now: the disk tells every change."""
        return self.state()

    def state(self) -> str:
        """Its number, its size and when it was written."""
        found = self.path.stat()
        return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"

    @contextmanager
    def at_hand(self) -> Iterator[Path]:
        """Itself."""
        yield self.path


def project_files(root: Path, path: str) -> list[FoundFile]:
    """The files that a path names, sorted; `*`, `?` and `[…]` make it a pattern.

    Raises:
        SourceRefused: there is none, or one is outside the project's folder.
    """
    root = root.resolve()
    if not glob.has_magic(path) or (root / path).is_file():
        return [_inside(root, path)]
    found = glob.iglob(path, root_dir=root, recursive=True)  # noqa: PTH207  # no hidden files
    names = sorted(name for name in found if (root / name).is_file())
    if not names:
        raise NoFiles(
            f"no file is named like {path}", remedy="patterns are relative to the project"
        )
    not_too_many(len(names), path)
    return [_inside(root, name) for name in names]


def mounted_files(location: Location) -> list[FoundFile]:
    """The files that a `file://` URL names, of the folders that the operator allows.

    Raises:
        SourceRefused: there is none, or one is in no such folder.
    """
    pattern = location.path
    names = [pattern]
    if glob.has_magic(pattern) and not Path(pattern).is_file():
        names = sorted(n for n in glob.iglob(pattern, recursive=True) if Path(n).is_file())  # noqa: PTH207
    if not names or not Path(names[0]).is_file():
        _allowed(Path(pattern.partition("*")[0]), location)
        raise NoFiles(
            f"there is no file {location.url(pattern)}",
            remedy="is the folder mounted where the tasks run?",
        )
    not_too_many(len(names), location.url(pattern))
    found: list[FoundFile] = []
    for name in names:
        file = _allowed(Path(name), location)
        found.append(LocalFile(path=file, name=location.url(name), short_name=name.lstrip("/")))
    return found


def _allowed(file: Path, location: Location) -> Path:
    resolved = file.resolve()
    if not any(resolved.is_relative_to(root) for root in file_roots()):
        raise SourceRefused(
            f"{location.url(location.path)} is in no folder that specs may read",
            remedy=f"an operator allows it: {FILE_ROOTS}=/mnt/exports, where the tasks run",
        )
    return resolved


def _inside(root: Path, path: str) -> LocalFile:
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        raise SourceRefused(
            f"{path} is outside the project's folder",
            remedy="name a file below it, relative to it",
        )
    if file.is_file():
        name = str(file.relative_to(root))
        return LocalFile(path=file, name=name, short_name=name)
    names = [f.name for f in file.parent.iterdir()] if file.parent.is_dir() else []
    close = difflib.get_close_matches(file.name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise NoFiles(f"there is no file {path}", remedy=f"{hint}Paths are relative to the project")
