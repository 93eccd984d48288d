"""The version of everything but the spec itself that decides which plan it becomes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

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


def code_version(environ: Mapping[str, str] = os.environ) -> str:
    """A digest of Medallion's code, of the libraries that read specs, and of SETTINGS."""
    said = [f"{name}={environ.get(name, '')}" for name in SETTINGS]
    return hashlib.sha256("\n".join([_code(), *said]).encode()).hexdigest()


def remember_code() -> None:
    """Work out the digest of the code now, in a process that has imported it and will fork others.

    Where each of those did so itself, a `git pull` beside a running DAG processor had what the old
    code made of the specs kept under the new code's digest: there it stayed, after a restart too.
    """
    _code()


@cache
def _code() -> str:
    """Once for each process, and for the processes that it forks: they run the same code."""
    # What was kept by a process that did not remember its code is named by another digest.
    digest = hashlib.sha256(b"remembered\n")
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    package = Path(__file__).resolve().parents[1]
    files = [path for room in _ROOMS for path in (package / room).rglob("*.*")]
    for path in sorted([*files, *package.glob("*.py")]):
        if path.suffix == ".pyc" or not path.is_file():
            continue
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
