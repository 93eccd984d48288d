"""A file's rows as the table has them, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds
from pyiceberg.io.pyarrow import _get_column_projection_values, pyarrow_to_schema
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.schema import Schema, prune_columns
from pyiceberg.types import ListType, MapType

from medallion.errors import SourceRefused
from medallion.sources.iceberg.projection import project

if TYPE_CHECKING:
    from medallion.sources.iceberg.table import OpenTable

_FORMATS = {FileFormat.PARQUET: ds.ParquetFileFormat, FileFormat.ORC: ds.OrcFileFormat}


def read_file(
    table: OpenTable, file: DataFile, schema: Schema, batch_rows: int
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Its rows under the columns of a schema, with the position of each batch's first row.

    Raises:
        SourceRefused: while it is read, too: it is of another format, or not as it was written.
    """
    if file.file_format not in _FORMATS or file.key_metadata:
        kind = "encrypted" if file.key_metadata else f"in the format {file.file_format}"
        raise SourceRefused(
            f"the file {file.file_path} is {kind}, which is not read",
            remedy="Parquet and ORC are read: write the table again in one of them",
        )
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
        for batch in _scan(fragment, [one.name for one in kept.columns], batch_rows):
            if batch.num_rows:
                yield begin, project(batch, kept, schema, dict(missing), downcast=version <= 2)
            begin += batch.num_rows
    if begin != file.record_count:
        raise SourceRefused(
            f"{file.file_path} has {begin} rows, and the table's metadata say {file.record_count}",
            remedy="the file was changed behind the table: restore it, or roll the table back",
        )


def _scan(fragment: Any, columns: list[str], batch_rows: int) -> Iterator[pa.RecordBatch]:
    yield from ds.Scanner.from_fragment(
        fragment,
        schema=fragment.physical_schema,
        columns=columns,
        batch_size=batch_rows,
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
