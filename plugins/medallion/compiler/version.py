"""The version of everything but the spec itself that decides which plan it becomes."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from medallion.compiler.snapshot import SETTLED

_HEX = 64
"""Digits of a SHA-256."""

_LIBRARIES = (
    "pydantic",
    "sqlglot",
    "postgast",
    "duckdb",
    "PyYAML",
    "croniter",
    "cel-expr-python",
    "holidays",
)
_ROOMS = (
    "spec",
    "plan",
    "sources",
    "cleaning",
    "checks",
    "publish",
    "sql",
    "schedules",
    "compiler",
)

PASSED_ON = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "HOME",
    "TMPDIR",
)
"""The variables that a compiling process is given: no connection, no key, no password."""

SETTINGS = (
    "MEDALLION_FILE_ROOTS",
    "MEDALLION_LAKE_ROOT",
    "MEDALLION_STATE_ROOT",
    "MEDALLION_PLANS_ROOT",
    "MEDALLION_DAGS_FOLDER",
    "AIRFLOW_HOME",
)
"""Settings of Medallion's that a spec is judged by; it is given these too."""


class Keeps(Protocol):
    """Where the digest of the code is kept: `compiler.entries.Store`."""

    def document(self, file: str) -> Any:
        """A file as JSON; None: there is none, or another user may have written it."""

    def write(self, file: str, text: str) -> None:
        """Write a file, or do nothing."""


def code_version(environ: Mapping[str, str] = os.environ, store: Keeps | None = None) -> str:
    """A digest of Medallion's code, of the libraries that read specs, and of SETTINGS.

    Args:
        environ: has the settings.
        store: keeps the digest of the code, for processes that nothing was imported ahead for.
    """
    said = [f"{name}={environ.get(name, '')}" for name in SETTINGS]
    return hashlib.sha256("\n".join([_code(store), *said]).encode()).hexdigest()


def remember_code() -> None:
    """Work out the digest of the code now, in a process that has imported it and will fork others.

    Where each of those did so itself, a `git pull` beside a running DAG processor had what the old
    code made of the specs kept under the new code's digest: there it stayed, after a restart too.
    """
    _code(None)


_worked_out: list[str] = []
"""Once for each process, and for the processes that it forks: they run the same code."""


def _code(store: Keeps | None) -> str:
    if not _worked_out:
        _worked_out.append(_find_kept(store) if store else _digest_code(_list_files()))
    return _worked_out[0]


def _find_kept(store: Keeps) -> str:
    """The digest that was kept under the marks of all files, or a new one.

    A starting task would otherwise spend an eighth of its first parse on reading all of the code.
    Who could write there could as well write what tasks run (docs/decisions/0011).
    """
    files = _list_files()
    marks = _read_marks([*files, *filter(os.path.exists, sys.path)])
    if marks is None:
        return _digest_code(files)
    name = f"code.{hashlib.sha256(marks.encode()).hexdigest()}.json"
    known = store.document(name)
    if isinstance(known, str) and len(known) == _HEX:
        return known
    digest = _digest_code(files)
    store.write(name, json.dumps(digest))
    return digest


def _read_marks(paths: Iterable[str]) -> str | None:
    """What the file system says of each; None where one has changed so lately that one more change
    might not show. What is installed or removed changes the folder that Python imports from."""
    lines = list[str]()
    latest = time.time_ns() - SETTLED
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116  # hot
        except OSError:
            return None
        if max(found.st_mtime_ns, found.st_ctime_ns) > latest:
            return None
        lines.append(
            f"{path} {found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns} "
            f"{found.st_ctime_ns}"
        )
    return "\n".join(lines)


def _list_files() -> list[str]:
    """The files that decide what a spec becomes, sorted."""
    package = str(Path(__file__).resolve().parents[1])
    found = [one.path for one in os.scandir(package) if one.name.endswith(".py")]
    folders = [f"{package}/{room}" for room in _ROOMS if os.path.isdir(f"{package}/{room}")]  # noqa: PTH112
    while folders:
        for one in os.scandir(folders.pop()):
            if one.is_dir():
                folders.append(one.path)
            elif "." in one.name and not one.name.endswith(".pyc") and one.is_file():
                found.append(one.path)
    return sorted(found)


def _digest_code(files: Iterable[str]) -> str:
    # What was kept by a process that did not remember its code is named by another digest.
    digest = hashlib.sha256(b"remembered\n")
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    for path in map(Path, files):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
