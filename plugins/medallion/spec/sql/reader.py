"""The `ReadQuery` with which a project's specs are loaded: its results on long texts are kept on
disk."""

from __future__ import annotations

from pathlib import Path

from medallion.spec.cache.disk import cache_folder
from medallion.spec.cache.lineage import CachedReading
from medallion.spec.models.queries import QueryReading, ReadQuery
from medallion.sql.version import reader_version

LONG = 4_000
"""Characters: a shorter text is read again in less time than a file is looked for and written."""


def sql_reader(root: Path) -> ReadQuery:
    """A reader for the SQL of gold tables, with the cache of the project at `root`."""
    version = reader_version("medallion.spec.sql.lineage")
    keeping = CachedReading(cache_folder(root, "lineage"), _read, version)
    return lambda text: keeping(text) if len(text) > LONG else _read(text)


def _read(text: str) -> QueryReading:
    from medallion.spec.sql.lineage import read_query

    return read_query(text)
