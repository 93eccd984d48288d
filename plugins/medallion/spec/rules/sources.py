"""Rules on sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from medallion.sources.tmdb import TmdbSource
from medallion.spec.finding import Finding
from medallion.spec.regular_file import is_below
from medallion.spec.rules.context import RuleContext

_CONN_ID = re.compile(r"[\w#!()\-.:/\\]{1,200}")
"""What Airflow takes for a connection's id (airflow.models.connection)."""

_OWNED_PARAMS = {
    "page": "Medallion turns the pages itself",
    "api_key": "the key comes from the connection's password: conn_id",
}


def source_path_in_project(context: RuleContext) -> Iterator[Finding]:
    """A source's file is below the project's root: a spec reads nothing else of the machine."""
    for name, dataset in context.spec.datasets.items():
        for key, path in dataset.source.paths():
            problem = path_problem(context.root, path)
            if problem:
                yield Finding(
                    where=("datasets", name, "source", key),
                    problem=problem,
                    remedy="write it relative to the project: include/data/<domain>/<file>",
                )


def path_problem(root: Path, path: str) -> str:
    """Why a path must not be followed from `root` (which is resolved), or nothing."""
    if not path.strip() or "\0" in path:
        return "it is empty" if not path.strip() else "a path holds no NUL"
    pure = PurePosixPath(path)
    if pure.is_absolute() or path[:1] in "~\\" or path[1:2] == ":":
        return f"{path} is not relative to the project"
    if ".." in pure.parts:
        return f"{path} goes up with `..`"
    try:
        resolved = str((root / path).resolve())
    except (OSError, RuntimeError):
        return f"{path} cannot be followed: its symbolic links go round in a circle"
    if resolved != str(root) and not is_below(resolved, root):
        return f"{path} leads out of the project through a symbolic link"
    return ""


def connection_id(context: RuleContext) -> Iterator[Finding]:
    """A connection is named as Airflow names it: letters, digits and a few signs."""
    for name, dataset in context.spec.datasets.items():
        for conn_id in dataset.source.conn_ids():
            if not _CONN_ID.fullmatch(conn_id):
                yield Finding(
                    where=("datasets", name, "source", "conn_id"),
                    problem=f"{conn_id!r} cannot be the id of an Airflow connection",
                    remedy="letters, digits and _ - . only, such as tmdb_default",
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
                        problem=f"{param} is not for a spec to set",
                        remedy=f"remove it: {_OWNED_PARAMS[param]}",
                    )
