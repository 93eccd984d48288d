"""Every kind of part that the engine reads, in one table: a line a kind."""

from __future__ import annotations

from collections.abc import Mapping

from medallion.cleaning.duckdb.readers.delimited import Delimited
from medallion.cleaning.duckdb.readers.json_lines import JsonLines
from medallion.cleaning.duckdb.readers.parquet import Parquet
from medallion.cleaning.duckdb.readers.reader import Reader
from medallion.records import RecordLayout

READERS: Mapping[str, Reader] = {"csv": Delimited(), "jsonl": JsonLines(), "parquet": Parquet()}
"""By the format of a layout. Parts of other formats are read as a copy in one of these."""


def reader_of(layout: RecordLayout) -> Reader:
    """The reader for a layout's format."""
    return READERS[layout.format]
