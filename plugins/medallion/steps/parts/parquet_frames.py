"""A part of Parquet as pandas frames: typed, or as the texts that the cleaning reads."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.cleaning.duckdb.query import DIALECT
from medallion.cleaning.duckdb.readers.parquet import values
from medallion.records import RecordLayout
from medallion.steps.parts import duckdb_engine as clean_engine

if TYPE_CHECKING:
    import pandas as pd


def parquet_frames(
    path: Path, layout: RecordLayout, columns: Sequence[str], *, text: bool, records: int
) -> Iterator[pd.DataFrame]:
    """The records in their order, at most `records` a frame; see `landing_frames.frames`."""
    import pyarrow as pa

    wanted = set(columns)
    # A frame of no columns would have no rows either.
    known = [name for name in layout.columns if name in wanted] or [layout.columns[0]]
    query = values(str(path), layout, known, text=text).sql(dialect=DIALECT)
    with (
        tempfile.TemporaryDirectory(prefix="medallion-gate-") as folder,
        clean_engine.engine(path, Path(folder), {}) as connection,
    ):
        for batch in clean_engine.stream(connection, query, records):
            table = pa.Table.from_batches([batch]).rename_columns(known)
            yield table.to_pandas()
