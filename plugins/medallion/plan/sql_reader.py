"""The `ReadQuery` that a project's specs are loaded with: cached, and sqlglot only when needed."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from medallion.spec.disk_cache import cache_folder
from medallion.spec.lineage_cache import CachedReading
from medallion.spec.queries import QueryReading, ReadQuery

_LINEAGE = "medallion.plan.lineage"


def sql_reader(root: Path) -> ReadQuery:
    """Reads the SQL of gold tables, with the cache of the project at `root`."""
    return CachedReading(cache_folder(root, "lineage"), _read, _reader_version())


def _read(text: str) -> QueryReading:
    from medallion.plan.lineage import read_query

    return read_query(text)


@cache
def _reader_version() -> str:
    """It changes with sqlglot and with our own reading of what sqlglot found."""
    found = find_spec(_LINEAGE)
    source = Path(found.origin).read_bytes() if found and found.origin else b""
    return f"{version('sqlglot')} {hashlib.sha256(source).hexdigest()}"
