"""The rows of a snapshot: pyiceberg says which files it has, and they are read one by one, a batch
at a time. pyiceberg's own reader holds whole files in memory, several of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema

from medallion.records import RecordLayout
from medallion.sources.base.parquet_parts import land_batches
from medallion.sources.base.source import Landing
from medallion.sources.iceberg.deletes import Deletes
from medallion.sources.iceberg.files import read_file
from medallion.sources.iceberg.held_files import translate_errors
from medallion.sources.iceberg.planning import PlannedFile, plan_snapshot

if TYPE_CHECKING:
    from medallion.sources.iceberg.table import OpenTable

NOTE = "iceberg_snapshot"
_BATCH_ROWS = 16_384


def land_snapshot(table: OpenTable, landing: Landing, name: str) -> RecordLayout:
    """Land the rows of the snapshot, in no order.

    Raises:
        SourceRefused, SourceUnavailable: a file is not there, or cannot be read.
    """
    with translate_errors(table.stored, is_newest=table.is_newest):
        schema, rows = read_rows(table, plan_snapshot(table), table.schema)
        layout = land_batches(schema, rows, landing, name)
    if table.snapshot is not None:
        landing.note(NOTE, str(table.snapshot.snapshot_id))
    return layout


def read_rows(
    table: OpenTable, planned: Iterable[PlannedFile], schema: Schema
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The rows of files, under the columns of a schema; what was deleted is left out.

    Raises:
        SourceRefused: while they are read, too.
    """
    columns = schema_to_pyarrow(schema, include_field_ids=False)
    target = pa.schema([one.with_nullable(True).remove_metadata() for one in columns])
    deletes = Deletes(table)

    def read() -> Iterator[pa.RecordBatch]:
        for one in planned:
            deleted = deletes.find(one)
            for begin, batch in read_file(table, one.data, schema, _BATCH_ROWS):
                yield _without(batch, deleted, begin).cast(target)

    return target, read()


def _without(batch: pa.RecordBatch, deleted: np.ndarray | None, begin: int) -> pa.RecordBatch:
    """Without the rows whose positions in the file are deleted. `begin`: of the first one."""
    if deleted is None:
        return batch
    first, end = np.searchsorted(deleted, (begin, begin + batch.num_rows))
    if first == end:
        return batch
    is_kept = np.ones(batch.num_rows, dtype=bool)
    is_kept[deleted[first:end] - begin] = False
    return batch.filter(pa.array(is_kept))
