"""One snapshot of a table: its files of rows, and the lists of them.

Manifests have counts of values and no least and greatest ones: what a lake's readers could skip by
them, a whole table in a few files does not need, and an erasure has nothing to look for in them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Literal, cast
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io import OutputFile
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata, TableMetadataV1
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.typedef import Record

from medallion.lake.iceberg.files import DATA, METADATA, TableFiles

FORMAT: Literal[2] = 2
"""The format's version: the one that every reader has."""
COUNTS = {"write.metadata.metrics.default": "counts"}
"""What manifests have of columns; others who compact the table keep to it, too."""
_LARGEST = 128 * 2**20
"""Bytes of a file, as far as a batch more or less: then the next one begins."""
_COMPRESSION: Literal["deflate"] = "deflate"


def write_rows(
    files: TableFiles, rows: Iterable[pa.RecordBatch], columns: pa.Schema, schema: Schema
) -> Iterator[DataFile]:
    """Write rows into Parquet files; none, where there are none.

    Args:
        columns: with the numbers that `schema` gives them.
    """
    stem, batches = uuid4(), iter(rows)
    batch, number = next(batches, None), 0
    while batch is not None:
        location = f"{files.location}/{DATA}/part-{stem}-{number:05d}.parquet"
        output = files.new_output(location)
        with (
            output.create() as sink,
            pq.ParquetWriter(
                sink, columns, compression="zstd", store_decimal_as_integer=True,
                store_schema=False,
            ) as writer,
        ):  # fmt: skip
            while batch is not None and (sink.tell() < _LARGEST):
                writer.write_batch(batch)
                batch = next(batches, None)
        yield _describe(location, len(output), writer.writer.metadata, schema)
        number += 1


def _describe(location: str, size: int, written: pq.FileMetaData, schema: Schema) -> DataFile:
    counted = data_file_statistics_from_parquet_metadata(
        written, compute_statistics_plan(schema, COUNTS), parquet_path_to_id_mapping(schema)
    )
    return DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=location,
        file_format=FileFormat.PARQUET,
        partition=Record(),
        file_size_in_bytes=size,
        spec_id=0,
        **counted.to_serialized_dict(),
    )


def write_snapshot(
    files: TableFiles, metadata: TableMetadata, rows: list[DataFile], said: dict[str, str]
) -> tuple[Snapshot, list[str]]:
    """Write the lists of a snapshot that has these files and no others; it, and where they are.

    It has no parent, as a table's that was created again (CREATE OR REPLACE): a manifest that named
    the files before as deleted would have to be read by everybody, and named by every erasure.

    Args:
        said: what its summary says besides counts.
    """
    number, stem = metadata.new_snapshot_id(), uuid4()
    manifests, written = list[ManifestFile](), list[str]()
    if rows:
        location = f"{files.location}/{METADATA}/{stem}-m0.avro"
        manifests.append(_write_manifest(files, metadata, location, number, rows))
        written.append(location)
    listed = f"{files.location}/{METADATA}/snap-{number}-0-{stem}.avro"
    sequence = 1 if isinstance(metadata, TableMetadataV1) else metadata.last_sequence_number + 1
    with write_manifest_list(
        FORMAT, _new_output(files, listed), number, None, sequence, _COMPRESSION
    ) as manifest_list:
        manifest_list.add_manifests(manifests)
    written.append(listed)
    snapshot = Snapshot(
        snapshot_id=number,
        parent_snapshot_id=None,
        sequence_number=sequence,
        # Never before the last one, whatever the clock says: readers ask for the table as of then.
        timestamp_ms=max(time.time_ns() // 1_000_000, metadata.last_updated_ms + 1),
        manifest_list=listed,
        summary=Summary(Operation.OVERWRITE, **_count(rows), **said),
        schema_id=metadata.current_schema_id,
    )
    return snapshot, written


def _write_manifest(
    files: TableFiles,
    metadata: TableMetadata,
    location: str,
    snapshot_id: int,
    rows: list[DataFile],
) -> ManifestFile:
    output = _new_output(files, location)
    with write_manifest(
        FORMAT, metadata.spec(), metadata.schema(), output, snapshot_id, _COMPRESSION
    ) as manifest:
        for one in rows:
            manifest.add_entry(
                ManifestEntry.from_args(
                    status=ManifestEntryStatus.ADDED, snapshot_id=snapshot_id, data_file=one
                )
            )
    return manifest.to_manifest_file()


def _new_output(files: TableFiles, location: str) -> OutputFile:
    """It has all that pyiceberg asks of one."""
    return cast("OutputFile", files.new_output(location))


def _count(rows: list[DataFile]) -> dict[str, str]:
    """The counts that every summary has."""
    found = {
        "data-files": len(rows),
        "records": sum(one.record_count for one in rows),
        "files-size": sum(one.file_size_in_bytes for one in rows),
    }
    said = {f"{word}-{name}": number for name, number in found.items() for word in _BOTH}
    none = dict.fromkeys(("delete-files", "position-deletes", "equality-deletes"), 0)
    said |= {f"total-{name}": number for name, number in none.items()}
    return {name: str(number) for name, number in said.items()}


_BOTH = ("added", "total")
