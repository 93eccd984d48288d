"""Which files a domain's sources may read: an allow-list of folders, links resolved first.

The most specific folder decides: `include/data/finance` is allowed below a project that is not, and
a lake inside an allowed folder stays closed.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import medallion
from medallion.errors import SourceRefused
from medallion.roots import PLANS_ROOT
from medallion.sources.base.locations import Location
from medallion.sources.base.web_address import list_server, read_listed_server

DATA_FOLDER = "include/data"
SHARED_FOLDER = "shared"
"""Below include/data: files that every domain may read. No domain can be called so."""
ACCESS_FILE = "specs/access.yaml"
"""What operators allow beyond the default; its text belongs to them, not to a domain."""
FILE_ROOTS = "MEDALLION_FILE_ROOTS"
"""Folders outside of the project whose files every domain may read; a colon between them."""

_PLACES_OF_THE_STACK = ("MEDALLION_LAKE_ROOT", "MEDALLION_STATE_ROOT", PLANS_ROOT)
_PLACES_OF_CODE = ("MEDALLION_DAGS_FOLDER", "AIRFLOW_HOME")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReach:
    """What one domain's file sources may read. Folders are resolved paths, kept as text: every spec
    is held to them at each parse.

    Attributes:
        allowed: folders whose files may be read.
        closed: folders whose files may not, where no folder of `allowed` lies deeper.
        lake: the lake's URL; empty where it is a folder of this machine.
        servers: web servers whose files may be read without a connection, and to which others may
            redirect.
    """

    domain: str
    allowed: tuple[str, ...]
    closed: tuple[str, ...] = ()
    lake: str = ""
    servers: tuple[str, ...] = ()

    def is_in_lake(self, location: Location, path: str) -> bool:
        """Whether a path of a location elsewhere is below the lake's URL, whatever connection leads
        there: of two accounts the containers may be called alike, and then this errs on the safe
        side.
        """
        lake = Location.parse(self.lake)
        if lake is None or lake.scheme.rstrip("s") != location.scheme.rstrip("s"):
            return False
        inside = posixpath.normpath(path.strip("/"))
        return f"{inside}/".startswith(posixpath.normpath(lake.path.strip("/")) + "/")

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

    def server_refusal(self, server: str) -> tuple[str, str] | None:
        """Why files of a web server may not be read, and what can be done; None where they may.

        >>> FileReach(domain="shop", allowed=()).server_refusal("https://example.org")[1]
        'an operator adds `hosts: {shop: [example.org]}` to specs/access.yaml'
        """
        if server in self.servers:
            return None
        return (
            f"{server} is not a server whose files the domain {self.domain} may read",
            f"an operator adds `hosts: {{{self.domain}: [{list_server(server)}]}}` to "
            f"{ACCESS_FILE}",
        )

    def refusal(self, file: Path, name: str) -> tuple[str, str] | None:
        """Why a file may not be read, and what can be done; None where it may.

        Raises:
            OSError, RuntimeError: its links go round in a circle.
        """
        resolved = str(file.resolve())
        if _depth(self.allowed, resolved) > _depth(self.closed, resolved):
            return None
        if resolved != os.path.normpath(file):
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
        resolved = str(file.resolve())
        data = (*self.allowed, *(_data(place) for place in self.closed))
        closed = _depth(self.closed, resolved)
        return closed > 0 and closed >= _depth(data, resolved)


def file_reach(
    domain: str,
    project_root: Path,
    folders: tuple[str, ...] = (),
    lake_root: str = "",
    hosts: tuple[str, ...] = (),
) -> FileReach:
    """What a domain may read: its own folder of include/data, the shared one, and what operators
    allow.

    Args:
        domain: of the spec.
        project_root: the project's folder.
        folders: allowed to this domain by specs/access.yaml: below include/data, or absolute.
        lake_root: the lake, where it is known; a URL is not a folder.
        hosts: the web servers that specs/access.yaml allows to this domain.
    """
    names = (*_PLACES_OF_THE_STACK, *_PLACES_OF_CODE, FILE_ROOTS)
    environ = tuple(os.environ.get(name, "") for name in names)
    root, mounted, closed = _places(str(project_root), folders, lake_root, environ)
    data = _data(root)
    return FileReach(
        domain=domain,
        allowed=(*mounted, f"{data}/{domain}", f"{data}/{SHARED_FOLDER}"),
        closed=closed,
        lake=next((url for url in (lake_root, environ[0]) if "://" in url), ""),
        servers=tuple(filter(None, map(read_listed_server, hosts))),
    )


@cache
def _places(
    project_root: str, folders: tuple[str, ...], lake_root: str, environ: tuple[str, ...]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The project's root, what operators allow of it and beside it, and what stays closed."""
    *places, roots = environ
    root = os.path.realpath(project_root)
    stack = tuple(_resolve((*places[: len(_PLACES_OF_THE_STACK)], lake_root)))
    code = tuple(_resolve(places[len(_PLACES_OF_THE_STACK) :]))
    mounted = _resolve((*(str(Path(root, folder)) for folder in folders), *roots.split(os.pathsep)))
    package = str(Path(medallion.__file__).resolve().parent)
    return (
        root,
        tuple(folder for folder in mounted if not _is_platform(folder, root, stack)),
        (root, *stack, *code, package, "/proc", "/sys", "/dev"),
    )


def _data(root: str) -> str:
    return f"{root.rstrip('/')}/{DATA_FOLDER}"


def _is_platform(folder: str, root: str, stack: tuple[str, ...]) -> bool:
    """Whether an operator's folder lies inside what is never a source."""
    if _depth(stack, folder):
        return True
    return _depth((root,), folder) > 0 and not _depth((_data(root),), folder)


def _depth(folders: Iterable[str], path: str) -> int:
    """How deep the most specific of the folders lies that hold a path; 0 where none does. Of
    folders that hold one path, the longest text is the deepest.
    """
    return max(
        (len(f) for f in folders if path == f or path.startswith(f.rstrip("/") + "/")), default=0
    )


def _resolve(places: Iterable[str]) -> Iterator[str]:
    """Folders of this machine; what is empty or the URL of another place is none."""
    folders = (place.removeprefix("file://") for place in places)
    return (
        os.path.realpath(folder) for folder in folders if folder.strip() and "://" not in folder
    )
