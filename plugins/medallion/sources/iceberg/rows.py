"""The rows of a snapshot: pyiceberg says which files it has, and they are read one by one, a batch
at a time. pyiceberg's own reader holds whole files in memory, several of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds
from pyiceberg.io.pyarrow import (
    _get_column_projection_values,
    pyarrow_to_schema,
    schema_to_pyarrow,
)
from pyiceberg.manifest import FileFormat
from pyiceberg.schema import Schema, prune_columns
from pyiceberg.table import DataScan, FileScanTask
from pyiceberg.types import ListType, MapType

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.base.parquet_parts import land_batches
from medallion.sources.base.source import Landing
from medallion.sources.iceberg.deletes import Deletes
from medallion.sources.iceberg.held_files import translate_errors
from medallion.sources.iceberg.projection import project

if TYPE_CHECKING:
    from medallion.sources.iceberg.source import IcebergSource
    from medallion.sources.iceberg.table import OpenTable

NOTE = "iceberg_snapshot"
_BATCH_ROWS = 16_384
_FORMATS = {FileFormat.PARQUET: ds.ParquetFileFormat, FileFormat.ORC: ds.OrcFileFormat}


def land_snapshot(
    source: IcebergSource, table: OpenTable, landing: Landing, name: str
) -> RecordLayout:
    """Land the rows of the snapshot, in no order.

    Raises:
        SourceRefused, SourceUnavailable: a file is not there, or cannot be read.
    """
    with translate_errors(table.stored):
        schema, rows = read_rows(table, plan_snapshot(table), table.schema)
        layout = land_batches(schema, rows, landing, name)
    if table.snapshot is not None:
        landing.note(NOTE, str(table.snapshot.snapshot_id))
    return layout


def plan_snapshot(table: OpenTable) -> list[FileScanTask]:
    """The files of the snapshot that is read."""
    if table.snapshot is None:
        return []
    scan = DataScan(
        table.metadata,
        table.files,  # type: ignore[arg-type]  # it has what is asked of a FileIO that only reads
        snapshot_id=table.snapshot.snapshot_id,
    )
    return list(scan.plan_files())


def read_rows(
    table: OpenTable, tasks: Iterable[FileScanTask], schema: Schema
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The rows of files, under the columns of a schema; what was deleted is left out.

    Raises:
        SourceRefused: while they are read, too.
    """
    columns = schema_to_pyarrow(schema, include_field_ids=False)
    target = pa.schema([one.with_nullable(True).remove_metadata() for one in columns])
    deletes = Deletes(table.files)

    def read() -> Iterator[pa.RecordBatch]:
        for task in tasks:
            for batch in _read_file(table, task, schema, deletes):
                yield batch.cast(target)

    return target, read()


def _read_file(
    table: OpenTable, task: FileScanTask, schema: Schema, deletes: Deletes
) -> Iterator[pa.RecordBatch]:
    file = task.file
    if file.file_format not in _FORMATS or file.key_metadata:
        kind = "encrypted" if file.key_metadata else f"in the format {file.file_format}"
        raise SourceRefused(
            f"the data file {file.file_path} is {kind}, which is not read",
            remedy="Parquet and ORC are read: write the table again in one of them",
        )
    deleted = deletes.find(file.file_path, task.delete_files)
    version = table.metadata.format_version
    with table.files.new_input(file.file_path).open() as opened:
        fragment = _FORMATS[file.file_format]().make_fragment(opened)
        found = pyarrow_to_schema(
            fragment.physical_schema,
            table.metadata.name_mapping(),
            downcast_ns_timestamp_to_us=version <= 2,
            format_version=version,
        )
        kept = prune_columns(found, _list_numbers(schema), select_full_types=False)
        missing = _get_column_projection_values(
            file,
            schema,
            table.metadata.schema(),
            table.metadata.specs().get(file.spec_id),
            found.field_ids,
        )
        begin = 0
        for batch in _scan(fragment, [one.name for one in kept.columns]):
            end = begin + batch.num_rows
            rows = _without(batch, deleted, begin)
            begin = end
            if rows.num_rows:
                yield project(rows, kept, schema, dict(missing), downcast=version <= 2)
    if begin != file.record_count:
        raise SourceRefused(
            f"{file.file_path} has {begin} rows, and the table's metadata say {file.record_count}",
            remedy="the file was changed behind the table: restore it, or roll the table back",
        )


def _scan(fragment: Any, columns: list[str]) -> Iterator[pa.RecordBatch]:
    yield from ds.Scanner.from_fragment(
        fragment,
        schema=fragment.physical_schema,
        columns=columns,
        batch_size=_BATCH_ROWS,
        batch_readahead=2,
        fragment_readahead=1,
    ).to_batches()


def _list_numbers(schema: Schema) -> set[int]:
    """Those of the columns, and of what is in them; lists and maps are their elements'."""
    return {
        number
        for number in schema.field_ids
        if not isinstance(schema.find_type(number), ListType | MapType)
    }


def _without(batch: pa.RecordBatch, deleted: pa.Array | None, begin: int) -> pa.RecordBatch:
    """Without the rows whose positions in the file are deleted. `begin`: of the first one."""
    if deleted is None:
        return batch
    import pyarrow.compute as pc

    at = pa.array(range(begin, begin + batch.num_rows), pa.int64())
    return batch.filter(pc.invert(pc.is_in(at, value_set=deleted)))
