"""A part of Parquet as pandas frames: typed, or as the texts that the cleaning reads."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.cleaning.duckdb.query import DIALECT
from medallion.cleaning.duckdb.readers.parquet import values
from medallion.records import RecordLayout
from medallion.steps.parts import duckdb_engine as clean_engine
from medallion.steps.parts.gathered_frames import STANDS_ALONE
from medallion.steps.parts.pieces import PIECES

if TYPE_CHECKING:
    import pandas as pd

LONG_FRAME_BYTES = 8 * 1024 * 1024
"""Of long records, as Parquet: what looks at frames pays for each of them."""


def parquet_frames(
    path: Path, layout: RecordLayout, columns: Sequence[str], *, text: bool, records: int
) -> Iterator[pd.DataFrame]:
    """The records in their order, at most `records` a frame, of long ones fewer; see
    `landing_frames.frames`."""
    wanted = set(columns)
    # A frame of no columns would have no rows either.
    known = [name for name in layout.columns if name in wanted] or [layout.columns[0]]
    pieces = PIECES["parquet"]
    with tempfile.TemporaryDirectory(prefix="medallion-gate-") as name:
        folder = Path(name)
        if not pieces.are_due(path) or not pieces.are_exact(path, folder):
            yield from _frames(path, layout, known, folder, text=text, records=records)
            return
        with closing(pieces.write(path, layout, folder, LONG_FRAME_BYTES)) as written:
            for piece, _ in written:
                for frame in _frames(piece, layout, known, folder, text=text, records=records):
                    frame.attrs[STANDS_ALONE] = True
                    yield frame


def _frames(
    path: Path,
    layout: RecordLayout,
    columns: Sequence[str],
    folder: Path,
    *,
    text: bool,
    records: int,
) -> Iterator[pd.DataFrame]:
    import pyarrow as pa

    query = values(str(path), layout, columns, text=text).sql(dialect=DIALECT)
    with clean_engine.engine(path, folder, {}) as connection:
        for batch in clean_engine.stream(connection, query, records):
            table = pa.Table.from_batches([batch]).rename_columns(list(columns))
            yield table.to_pandas()
