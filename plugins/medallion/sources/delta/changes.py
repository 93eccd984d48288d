"""The change data feed: the whole table once, then what has changed, version by version.

How far it was read is kept with the publication, as the offsets of a stream are: version n is
message n of one partition, whose number is the table's identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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
from medallion.sources.delta.reading import OpenTable, make_plain, translate_errors

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.sources.delta.source import DeltaSource

_BEFORE_THE_CHANGE = "update_preimage"
_VERSION = "_commit_version"
_KEPT = "delta.enableChangeDataFeed"


def land_changes(
    source: DeltaSource, table: OpenTable, request: ExtractRequest, landing: Landing
) -> RecordLayout:
    """Land what has changed since the last publication; the whole table where nothing was read yet.

    Raises:
        SourceRefused: the table has no change data feed, or no longer that far back.
        SourceUnavailable: the lake does not answer.
    """
    metadata = table.delta.metadata()
    # Without it delta-rs answers all the same: with every row of each file that was written again.
    if str(metadata.configuration.get(_KEPT)).lower() != "true":
        raise SourceRefused(
            f"{source.location} keeps no change data feed",
            remedy=f"ALTER TABLE … SET TBLPROPERTIES ({_KEPT} = true), or read the whole table: "
            "remove change_feed",
        )
    asked = request.stream or StreamRange()
    partition = number_partition(str(metadata.id).encode())
    found = find_feed_range(asked, partition, table.version + 1, source.location)
    before = found.before
    if before is not None and before > table.version + 1:
        raise SourceRefused(
            f"{source.location} was read up to version {before - 1}, and has {table.version} "
            "versions: it was made again",
            remedy=READ_WHOLE,
        )
    with translate_errors(table.stored):
        batches = _find_batches(table, asked, before, found.end)
        schema, rows = make_plain(batches)
        counted = _Counted(rows)
        layout = land_batches(schema, counted, landing, request.dataset)
    note_feed(landing, source.location, asked, found, counted.rows)
    return layout


def _find_batches(
    table: OpenTable, asked: StreamRange, before: int | None, end: int
) -> pa.RecordBatchReader:
    if asked.between is not None:
        first, last = (moment.timestamp() * 1000 for moment in asked.between)
        made = {int(one["version"]): one["timestamp"] for one in table.delta.history()}
        wanted = [version for version, at in made.items() if first <= at < last]
        if not wanted:
            return _none_of(table, table.version)
        return _read_changes(table, min(wanted), max(wanted))
    if before is None or asked.whole:
        return _as_inserts(table, end - 1)
    if before >= end:  # nothing new: the columns, and no row
        return _none_of(table, before - 1)
    return _read_changes(table, before, end - 1)


def _read_changes(table: OpenTable, first: int, last: int) -> pa.RecordBatchReader:
    table.hold_to_versions(range(first, last + 1))
    return _without_former(table.delta.load_cdf(starting_version=first, ending_version=last))


def _none_of(table: OpenTable, version: int) -> pa.RecordBatchReader:
    import pyarrow as pa

    return pa.RecordBatchReader.from_batches(_as_inserts(table, version).schema, iter(()))


def _as_inserts(table: OpenTable, version: int) -> pa.RecordBatchReader:
    """The whole table at a version, in the form that changes have."""
    import pyarrow as pa

    if version != table.version:
        table.delta.load_as_version(version)
    made = datetime.fromtimestamp(_read_commit_time(table) / 1000, UTC)
    rows = pa.RecordBatchReader.from_stream(table.delta.scan())
    more = (
        ("_change_type", pa.string(), "insert"),
        (_VERSION, pa.int64(), version),
        ("_commit_timestamp", pa.timestamp("ms"), made.replace(tzinfo=None)),
    )
    schema = pa.schema([*rows.schema, *(pa.field(name, kind) for name, kind, _ in more)])

    def read() -> Iterator[pa.RecordBatch]:
        for one in rows:
            added = [pa.array([value], kind).take(pa.array([0] * one.num_rows, pa.int64()))
                     for _, kind, value in more]  # fmt: skip
            yield pa.RecordBatch.from_arrays([*one.columns, *added], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, read())


def _read_commit_time(table: OpenTable) -> int:
    """When the version was made, in milliseconds since 1970."""
    return int(table.delta.history(1)[0]["timestamp"])


def _without_former(changes: Any) -> pa.RecordBatchReader:
    """Without the rows as they were before an update: who wants them has them from before."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Arrow filters no texts that are views, which delta-rs gives.
    found, rows = make_plain(pa.RecordBatchReader.from_stream(changes))
    at = found.get_field_index(_VERSION)
    schema = found.set(at, found.field(at).with_type(pa.int64()))

    def read() -> Iterator[pa.RecordBatch]:
        for one in rows:
            is_wanted = pc.not_equal(one.column("_change_type"), _BEFORE_THE_CHANGE)
            yield one.filter(is_wanted).cast(schema)

    return pa.RecordBatchReader.from_batches(schema, read())


class _Counted:
    """Batches, and how many rows they had."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.rows = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for one in self._batches:
            self.rows += one.num_rows
            yield one
