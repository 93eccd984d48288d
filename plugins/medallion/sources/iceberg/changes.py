"""What was appended, snapshot by snapshot: the whole table once, then the rows that came since.

How far it was read is kept with the publication, as the offsets of a stream are. A snapshot's
sequence number is its offset: it grows with each commit. A table that was dropped and made again
counts from 1 again, so that its identity is the number of the partition. What a commit has changed
or deleted the format does not say row by row: such a table is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation, Snapshot

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.base.parquet_parts import land_batches
from medallion.sources.base.source import ExtractRequest, Landing
from medallion.sources.base.stream import StreamRange
from medallion.sources.base.table_feed import (
    READ_WHOLE,
    find_feed_range,
    note_feed,
    number_partition,
)
from medallion.sources.iceberg.held_files import translate_errors
from medallion.sources.iceberg.planning import PlannedFile, plan_appends, plan_snapshot
from medallion.sources.iceberg.rows import read_rows
from medallion.sources.iceberg.source import IcebergSource
from medallion.sources.iceberg.table import OpenTable, list_lineage

_MORE = pa.schema(
    [
        ("_snapshot_id", pa.int64()),
        ("_sequence_number", pa.int64()),
        ("_commit_timestamp", pa.timestamp("ms", "UTC")),
    ]
)


def land_appends(
    source: IcebergSource, table: OpenTable, request: ExtractRequest, landing: Landing
) -> RecordLayout:
    """Land what was appended since the last publication; the whole table where nothing was read
    yet.

    Raises:
        SourceRefused: rows were changed or deleted since, or the snapshots since are not all kept.
        SourceUnavailable: the lake does not answer.
    """
    if table.metadata.format_version < 2:
        raise SourceRefused(
            f"{source.described} is of format version 1, which does not number its snapshots",
            remedy="set its property format-version to 2, or read the whole table: remove "
            "change_feed",
        )
    asked = request.stream or StreamRange()
    lineage = list(list_lineage(table.metadata))
    newest = _number(lineage[0]) if lineage else 0
    partition = find_partition(table.metadata)
    found = find_feed_range(asked, partition, newest + 1, source.described)
    before = found.before
    if before is not None and before > newest + 1:
        raise SourceRefused(
            f"{source.described} was read up to the sequence number {before - 1}, and its newest "
            f"snapshot has {newest}: it was rolled back",
            remedy=READ_WHOLE,
        )
    with translate_errors(table.stored, is_newest=table.is_newest):
        reads = _find_reads(source, table, asked, lineage, before, found.end)
        counted = _Counted(table, reads)
        layout = land_batches(counted.schema, counted, landing, request.dataset)
    note_feed(landing, source.described, asked, found, counted.rows)
    return layout


def find_partition(metadata: TableMetadata) -> int:
    """The table's identity as the number of a partition."""
    return number_partition(metadata.table_uuid.bytes)


def _find_reads(
    source: IcebergSource,
    table: OpenTable,
    asked: StreamRange,
    lineage: list[Snapshot],
    before: int | None,
    end: int,
) -> list[tuple[Snapshot, list[PlannedFile]]]:
    """The snapshots that are read, the oldest first, and of which files."""
    if asked.between is not None:
        first, last = (moment.timestamp() * 1000 for moment in asked.between)
        _hold_to_kept(source, lineage, first)
        wanted = [one for one in lineage if first <= one.timestamp_ms < last]
    elif before is None or asked.whole:
        if end <= 1:  # there was no snapshot yet
            return []
        whole = _find_numbered(source, lineage, end - 1)
        return [(whole, plan_snapshot(replace(table, snapshot=whole)))]
    else:
        if before > 1:
            _find_numbered(source, lineage, before - 1)
        wanted = [one for one in lineage if before <= _number(one) < end]
    return [(one, plan_appends(table, one)) for one in reversed(wanted) if _has_appended(one)]


def _hold_to_kept(source: IcebergSource, lineage: list[Snapshot], first: float) -> None:
    """Refuse an interval, by its first millisecond, of which snapshots may have been expired."""
    oldest = lineage[-1] if lineage else None
    if oldest is None or oldest.parent_snapshot_id is None or first >= oldest.timestamp_ms:
        return
    made = datetime.fromtimestamp(oldest.timestamp_ms / 1000, UTC)
    raise SourceRefused(
        f"{source.described} has no snapshots from before {made.isoformat()} any more: what was "
        "appended in the interval that is read again is not known",
        remedy=f"begin the backfill later; or {READ_WHOLE}",
    )


def _find_numbered(source: IcebergSource, lineage: list[Snapshot], number: int) -> Snapshot:
    found = next((one for one in lineage if _number(one) == number), None)
    if found is None:
        raise SourceRefused(
            f"{source.described} no longer has the snapshot of the sequence number {number}, up to "
            "which it was read: it was expired or rolled back",
            remedy=f"{READ_WHOLE}; and run more often than snapshots are expired",
        )
    return found


def _has_appended(snapshot: Snapshot) -> bool:
    """Whether a snapshot has new rows. One that compacts has none.

    Raises:
        SourceRefused: it has changed or deleted rows.
    """
    operation = snapshot.summary.operation if snapshot.summary is not None else None
    if operation in (Operation.APPEND, Operation.REPLACE):
        return operation == Operation.APPEND
    made = datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC)
    said = operation.value if operation is not None else "without a name"
    raise SourceRefused(
        f"the snapshot {snapshot.snapshot_id} of {made.isoformat()} has changed or deleted rows "
        f"(its operation is {said}): which ones, the table does not say",
        remedy=f"read the whole table (remove change_feed); or {READ_WHOLE}",
    )


def _number(snapshot: Snapshot) -> int:
    return snapshot.sequence_number or 0


class _Counted:
    """The rows of snapshots, with which snapshot they are of, and how many they were."""

    def __init__(self, table: OpenTable, reads: list[tuple[Snapshot, list[PlannedFile]]]) -> None:
        self._table = table
        self._reads = reads
        self._columns: Schema = table.schema
        columns, _ = read_rows(table, [], self._columns)
        self.schema = pa.schema([*columns, *_MORE])
        self.rows = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for snapshot, tasks in self._reads:
            said = (snapshot.snapshot_id, _number(snapshot), snapshot.timestamp_ms)
            for one in read_rows(self._table, tasks, self._columns)[1]:
                self.rows += one.num_rows
                more = [
                    pa.repeat(pa.scalar(value, field.type), one.num_rows)
                    for value, field in zip(said, _MORE, strict=True)
                ]
                yield pa.RecordBatch.from_arrays([*one.columns, *more], schema=self.schema)
