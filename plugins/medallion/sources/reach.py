"""Which files a domain's sources may read: an allow-list of folders, links resolved first.

The most specific folder decides: `include/data/finance` is allowed below a project that is not, and
a lake inside an allowed folder stays closed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import medallion
from medallion.errors import SourceRefused

DATA_FOLDER = "include/data"
SHARED_FOLDER = "shared"
"""Below include/data: files that every domain may read. No domain can be called so."""
ACCESS_FILE = "specs/access.yaml"
"""What operators allow beyond the default; its text belongs to them, not to a domain."""
FILE_ROOTS = "MEDALLION_FILE_ROOTS"
"""Folders outside of the project whose files every domain may read; a colon between them."""

_PLACES_OF_THE_STACK = ("MEDALLION_LAKE_ROOT", "MEDALLION_STATE_ROOT")
_PLACES_OF_CODE = ("MEDALLION_DAGS_FOLDER", "AIRFLOW_HOME")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReach:
    """What one domain's file sources may read. All folders are resolved.

    Attributes:
        allowed: folders whose files may be read.
        closed: folders whose files may not, where no folder of `allowed` lies deeper.
    """

    domain: str
    allowed: tuple[Path, ...]
    closed: tuple[Path, ...] = ()

    def resolve(self, file: Path, name: str) -> Path:
        """A file with its links resolved.

        Args:
            file: absolute; it need not be there.
            name: what messages call it.

        Raises:
            SourceRefused: the domain may not read it.
        """
        if refusal := self.refusal(file, name):
            raise SourceRefused(refusal[0], remedy=refusal[1])
        return file.resolve()

    def refusal(self, file: Path, name: str) -> tuple[str, str] | None:
        """Why a file may not be read, and what can be done; None where it may.

        Raises:
            OSError, RuntimeError: its links go round in a circle.
        """
        resolved = file.resolve()
        allowed, closed = _depth(self.allowed, resolved), _depth(self.closed, resolved)
        if allowed > closed:
            return None
        if resolved != Path(os.path.normpath(file)):
            name = f"{name}, whose links are followed,"
        problem = f"{name} is in no folder that the domain {self.domain} may read"
        remedy = f"put it into {DATA_FOLDER}/{self.domain}/"
        if not self.is_platform(file):
            remedy += f" or {DATA_FOLDER}/{SHARED_FOLDER}/; operators allow others in {ACCESS_FILE}"
        return problem, remedy

    def is_platform(self, file: Path) -> bool:
        """Whether a file is of the platform itself (its state, lake, specs, code), not of data:
        nothing opens it, not even a connection that an operator has made.
        """
        resolved = file.resolve()
        data = (*self.allowed, *(place / DATA_FOLDER for place in self.closed))
        closed = _depth(self.closed, resolved)
        return closed > 0 and closed >= _depth(data, resolved)


def file_reach(
    domain: str, project_root: Path, folders: Iterable[str] = (), lake_root: str = ""
) -> FileReach:
    """What a domain may read: its own folder of include/data, the shared one, and what operators
    allow.

    Args:
        domain: of the spec.
        project_root: the project's folder.
        folders: allowed to this domain by specs/access.yaml: below include/data, or absolute.
        lake_root: the lake, where it is known; a URL is no folder.
    """
    root = project_root.resolve()
    data = root / DATA_FOLDER
    stack = tuple(_resolved((*_environment(_PLACES_OF_THE_STACK), lake_root)))
    told = _resolved((*(str(root / folder) for folder in folders), *_roots()))
    return FileReach(
        domain=domain,
        allowed=(
            *(folder for folder in told if not _is_platform(folder, root, stack)),
            data / domain,
            data / SHARED_FOLDER,
        ),
        closed=(
            root,
            *stack,
            *_resolved(_environment(_PLACES_OF_CODE)),
            Path(medallion.__file__).resolve().parent,
            *(Path(place) for place in ("/proc", "/sys", "/dev")),
        ),
    )


def _is_platform(folder: Path, root: Path, stack: tuple[Path, ...]) -> bool:
    """Whether an operator's folder lies inside what is never a source."""
    if any(folder.is_relative_to(place) for place in stack):
        return True
    return folder.is_relative_to(root) and not folder.is_relative_to(root / DATA_FOLDER)


def _depth(folders: Iterable[Path], file: Path) -> int:
    """How deep the most specific of the folders lies that hold a file; 0 where none does."""
    return max((len(f.parts) for f in folders if file.is_relative_to(f)), default=0)


def _environment(names: Iterable[str]) -> Iterator[str]:
    return (os.environ.get(name, "") for name in names)


def _roots() -> list[str]:
    return os.environ.get(FILE_ROOTS, "").split(os.pathsep)


def _resolved(places: Iterable[str]) -> Iterator[Path]:
    """Folders of this machine; what is empty or a URL is none."""
    return (Path(place).resolve() for place in places if place.strip() and "://" not in place)
