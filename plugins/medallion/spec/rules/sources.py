"""Rules on file paths, and on parameters that Medallion sets itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from medallion.sources.base.locations import Location
from medallion.sources.base.reach import DATA_FOLDER, FileReach, file_reach
from medallion.sources.base.web_address import server_of_url
from medallion.sources.delta.source import DeltaSource
from medallion.sources.file.local import find_fixed_part
from medallion.sources.file.source import FileSource
from medallion.sources.iceberg.source import IcebergSource
from medallion.sources.tmdb.source import TmdbSource
from medallion.spec.files.evidence import note_place
from medallion.spec.findings.finding import Finding
from medallion.spec.rules.context import RuleContext

_MOST_NAME, _MOST_PATH = 255, 2048
"""Bytes of one name on any file system, and characters of a whole path, with room for the root."""

_OWNED_PARAMS = {
    "page": "Medallion turns the pages itself",
    "api_key": "the key comes from the connection's password: conn_id",
}


def source_path_allowed(context: RuleContext) -> Iterator[Finding]:
    """A source's file is the domain's own (include/data/<domain>/), one that all share
    (include/data/shared/), or in a folder or on a web server that operators allow: a spec reads no
    other file."""
    domain = context.dag_id.domain
    access = context.access
    reach = file_reach(
        domain, context.root, access.folders_of(domain), hosts=access.hosts_of(domain)
    )
    for name, dataset in context.spec.datasets.items():
        refusals = [
            (key, path_refusal(context.root, path, reach)) for key, path in dataset.source.paths()
        ]
        if isinstance(dataset.source, FileSource):
            refusals.append(("path", _url_refusal(context.root, dataset.source.path, reach)))
        if isinstance(dataset.source, DeltaSource | IcebergSource):
            url = dataset.source.location
            refusal = _url_refusal(context.root, url, reach) if url.startswith("file:") else None
            refusals.append(("location", refusal))
        for key, refusal in refusals:
            if refusal:
                yield Finding(
                    where=("datasets", name, "source", key), problem=refusal[0], remedy=refusal[1]
                )


def _url_refusal(root: Path, url: str, reach: FileReach) -> tuple[str, str] | None:
    """Of a web address whose server is not allowed; of a `file://` URL that leads into the project:
    elsewhere on the machine only where the tasks run can be judged."""
    location = Location.parse(url)
    if location is None or location.problem():
        return None
    if location.is_web and not location.conn_id:
        return reach.server_refusal(server_of_url(url))
    if location.scheme != "file":
        return None
    begin = Path(find_fixed_part(location.path))
    note_place(begin)
    return reach.refusal(begin, url) if begin.resolve().is_relative_to(root) else None


def path_refusal(root: Path, path: str, reach: FileReach) -> tuple[str, str] | None:
    """(problem, remedy) if a path must not be read from `root` (resolved); None if it may."""
    if _is_too_long(path):
        return f"{path[:50]}… is longer than the name of a file can be", "name a file that is there"
    if problem := _form_problem(path):
        own = f"{DATA_FOLDER}/{reach.domain}"
        return problem, f"write it relative to the project: {own}/<file>"
    note_place(root / find_fixed_part(path))
    try:
        return reach.refusal(root / find_fixed_part(path), path)
    except (OSError, RuntimeError):
        return f"{path} cannot be followed: its symbolic links go round in a circle", "remove them"


def _form_problem(path: str) -> str:
    if not path.strip() or "\0" in path:
        return "it is empty" if not path.strip() else "a path holds no NUL"
    pure = PurePosixPath(path)
    if pure.is_absolute() or path[:1] in "~\\" or path[1:2] == ":":
        return f"{path} is not relative to the project"
    return f"{path} goes up with `..`" if ".." in pure.parts else ""


def _is_too_long(path: str) -> bool:
    return len(path) > _MOST_PATH or any(
        len(part.encode()) > _MOST_NAME for part in PurePosixPath(path).parts
    )


def tmdb_params(context: RuleContext) -> Iterator[Finding]:
    """TMDB's `page` and `api_key` are not for the author to set."""
    for name, dataset in context.spec.datasets.items():
        if isinstance(dataset.source, TmdbSource):
            for param in dataset.source.params:
                if param in _OWNED_PARAMS:
                    yield Finding(
                        where=("datasets", name, "source", "params", param),
                        on_key=True,
                        problem=f"{param} cannot be set in a spec",
                        remedy=f"remove it: {_OWNED_PARAMS[param]}",
                    )
