"""A part of Parquet made by hand."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from medallion.sources.base.parquet_parts import layout_of

__all__ = ["layout_of", "parquet"]


def parquet(table: pa.Table, row_group_size: int = 100_000) -> tuple[bytes, int]:
    """The bytes of a part, and its records."""
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=row_group_size)
    return file.getvalue(), table.num_rows
