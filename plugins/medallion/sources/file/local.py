"""Files on this machine that a source names, one or several by a pattern."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from medallion.closest import closest
from medallion.sources.base.found_files import FoundFile, NotOnThisDisk, not_too_many
from medallion.sources.base.locations import Location
from medallion.sources.base.reach import FileReach


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file in a folder that the domain may read; its path is resolved."""

    path: Path
    name: str
    short_name: str
    reach: FileReach

    @property
    def listed(self) -> str:
        """Its state now: on a disk every change shows."""
        return self.state()

    def state(self) -> str:
        """Inode, size and time of the last change."""
        found = self.path.stat()
        return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"

    @contextmanager
    def at_hand(self) -> Iterator[Path]:
        """The file itself.

        Raises:
            SourceRefused: since it was found, a folder on the way has become a link that leads
                elsewhere.
        """
        self.reach.resolve(self.path, self.name)
        yield self.path


def project_files(root: Path, path: str, reach: FileReach) -> list[FoundFile]:
    """The files that match a path, sorted; `*`, `?` and `[…]` make it a pattern. Hidden files do
    not match.

    Raises:
        SourceRefused: there is none, or the domain may not read one.
    """
    root = root.resolve()
    reach.resolve(root / find_fixed_part(path), path)
    if not glob.has_magic(path) or (root / path).is_file():
        return [_inside(root, path, reach)]
    found = glob.iglob(path, root_dir=root, recursive=True)  # noqa: PTH207  # no hidden files
    files = [_inside(root, name, reach) for name in found if (root / name).is_file()]
    if not files:
        raise NotOnThisDisk(
            f"no file is named like {path}", remedy="patterns are relative to the project"
        )
    not_too_many(len(files), path)
    return sorted(files, key=lambda file: file.name)


def find_mounted_files(location: Location, reach: FileReach) -> list[FoundFile]:
    """The files that match a `file://` URL, in folders that the operator allows.

    Raises:
        SourceRefused: there is none, or one is in no allowed folder.
    """
    pattern = location.path
    reach.resolve(Path(find_fixed_part(pattern)), location.url(pattern))
    names: Iterable[str] = [pattern]
    if glob.has_magic(pattern) and not Path(pattern).is_file():
        names = glob.iglob(pattern, recursive=True)  # noqa: PTH207
    files = [_mount(name, location, reach) for name in names if Path(name).is_file()]
    if not files and Path(pattern).is_dir():
        raise _is_folder(location.url(pattern))
    if not files:
        raise NotOnThisDisk(
            f"there is no file {location.url(pattern)}",
            remedy="is the folder mounted where the tasks run?",
        )
    not_too_many(len(files), location.url(pattern))
    return sorted(files, key=lambda file: file.name)


def _is_folder(path: str) -> NotOnThisDisk:
    return NotOnThisDisk(f"{path} is a folder", remedy=f"name its files: {path.rstrip('/')}/*.csv")


def find_fixed_part(pattern: str) -> str:
    """A path up to its first part that names several things: where a search for it begins.

    >>> find_fixed_part("include/data/shop/*/2026-?.csv")
    'include/data/shop'
    >>> find_fixed_part("include/data/shop/a.csv")
    'include/data/shop/a.csv'
    """
    parts = pattern.split("/")
    fixed = list(takewhile(lambda part: not glob.has_magic(part), parts))
    return "/".join(fixed) or ("/" if pattern.startswith("/") else "")


def _mount(name: str, location: Location, reach: FileReach) -> LocalFile:
    url = location.url(name)
    file = reach.resolve(Path(name), url)
    return LocalFile(path=file, name=url, short_name=name.lstrip("/"), reach=reach)


def _inside(root: Path, path: str, reach: FileReach) -> LocalFile:
    file = reach.resolve(root / path, path)
    if file.is_file():
        name = str(file.relative_to(root)) if file.is_relative_to(root) else path
        return LocalFile(path=file, name=name, short_name=name, reach=reach)
    if file.is_dir():
        raise _is_folder(path)
    names = [f.name for f in file.parent.iterdir()] if file.parent.is_dir() else []
    close = closest(file.name, names)
    hint = f"did you mean {close!r}? " if close else ""
    raise NotOnThisDisk(
        f"there is no file {path}", remedy=f"{hint}Paths are relative to the project"
    )
