"""Arrow batches → Parquet parts, with a limited number of rows in memory."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, cast

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.base.source import Landing, PartWriter

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

PART_BYTES = 256 * 1024 * 1024
"""Of a part as it lies in the lake: it ends with the row group that reaches this."""
GROUP_ROWS = 122_880
"""Rows of a row group: what DuckDB hands to one thread."""
GROUP_BYTES = 32 * 1024 * 1024
"""Of a row group in memory: long rows make it shorter."""

OTHER = "OTHER"
"""What `RecordLayout.types` calls structs, maps and whatever else is read as its JSON."""

_PLAIN = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
    "halffloat": "FLOAT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "large_string": "VARCHAR",
    "string_view": "VARCHAR",
    "binary": "BLOB",
    "large_binary": "BLOB",
    "binary_view": "BLOB",
    "date32[day]": "DATE",
    "date64[ms]": "DATE",
    "time32[ms]": "TIME",
    "time64[us]": "TIME",
    "timestamp[s]": "TIMESTAMP",
    "timestamp[ms]": "TIMESTAMP",
    "timestamp[us]": "TIMESTAMP",
    "timestamp[ns]": "TIMESTAMP_NS",
    "time64[ns]": "TIME_NS",
    "extension<arrow.uuid>": "UUID",
    "extension<arrow.json>": "VARCHAR",
}


def land_batches(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], landing: Landing, name: str
) -> RecordLayout:
    """Write batches of one schema as `<name>-00001.parquet` and so on. No rows still make one part.

    What `batches` raises is raised unchanged.

    Raises:
        SourceRefused: there are no columns, or two with one name.
    """
    layout = layout_of(schema)
    with _Parts(schema, landing, name) as parts:
        for batch in batches:
            parts.add(batch)
    return layout


def layout_of(schema: pa.Schema) -> RecordLayout:
    """The layout of records in such parts.

    Raises:
        SourceRefused: there are no columns, or two with one name.
    """
    twice = [name for name, count in Counter(schema.names).items() if count > 1]
    if twice or not schema.names:
        found = f"more than one column {', '.join(map(repr, twice))}" if twice else "no column"
        raise SourceRefused(
            f"the records have {found}",
            remedy="give each column a name of its own: SELECT a.id, b.id AS other_id …",
        )
    types = tuple(duckdb_type(field.type) for field in schema)
    return RecordLayout(format="parquet", columns=tuple(schema.names), types=types)


def duckdb_type(kind: pa.DataType) -> str:
    """What DuckDB calls a type that it reads from Parquet.

    >>> import pyarrow
    >>> duckdb_type(pyarrow.list_(pyarrow.decimal128(18, 2)))
    'DECIMAL(18,2)[]'
    """
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return duckdb_type(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_list_view(kind):
        element = duckdb_type(kind.value_type)
        return OTHER if element == OTHER else f"{element}[]"
    if pa.types.is_decimal(kind) and kind.precision <= 38 and kind.scale >= 0:
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return "TIMESTAMP WITH TIME ZONE" if kind.unit != "ns" else "TIMESTAMP_NS"
    if pa.types.is_fixed_size_binary(kind):
        return "BLOB"
    return _PLAIN.get(str(kind), OTHER)


class _Parts:
    """Gathers batches to row groups, and row groups to parts."""

    def __init__(self, schema: pa.Schema, landing: Landing, name: str) -> None:
        self._schema = schema
        self._landing = landing
        self._name = name
        self._opened = ExitStack()
        self._writer: pq.ParquetWriter | None = None
        self._part: _PartFile | None = None
        self._number = 0
        self._gathered: list[pa.RecordBatch] = []
        self._rows = self._bytes = self._landed = 0

    def __enter__(self) -> _Parts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._write_group()
            self._close()
        else:
            self._opened.__exit__(kind, error, traceback)

    def add(self, batch: pa.RecordBatch) -> None:
        """Write the rows, once there are enough of them for a row group."""
        for start in range(0, batch.num_rows, GROUP_ROWS):
            rows = batch.slice(start, GROUP_ROWS)
            self._gathered.append(rows)
            self._rows += rows.num_rows
            self._bytes += rows.nbytes
            if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
                self._write_group()

    def _write_group(self) -> None:
        import pyarrow as pa

        if not self._gathered and self._number:
            return
        writer, part = self._open()
        table = pa.Table.from_batches(self._gathered, self._schema)
        if table.num_rows:
            writer.write_table(table, row_group_size=table.num_rows)
        part.writer.count(table.num_rows)
        self._landed += table.num_rows
        self._landing.progress(self._landed, None, "records")
        self._gathered, self._rows, self._bytes = [], 0, 0
        if part.tell() >= PART_BYTES:
            self._close()

    def _open(self) -> tuple[pq.ParquetWriter, _PartFile]:
        import pyarrow.parquet as pq

        if self._writer is None or self._part is None:
            self._number += 1
            name = f"{self._name}-{self._number:05d}.parquet"
            self._part = _PartFile(self._opened.enter_context(self._landing.part(name)))
            # Without Arrow's own schema: what a type is, is what Parquet says that it is.
            self._writer = pq.ParquetWriter(
                cast("IO[bytes]", self._part),
                self._schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=False,
                store_schema=False,
            )
        return self._writer, self._part

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        self._opened.close()


class _PartFile(io.RawIOBase):
    """A part as the file that Arrow writes to."""

    def __init__(self, writer: PartWriter) -> None:
        self.writer = writer
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Take all of it: how many bytes that were, as Arrow asks."""
        chunk = bytes(data)
        self.writer.write(chunk)
        self._written += len(chunk)
        return len(chunk)

    def tell(self) -> int:
        """The bytes written so far."""
        return self._written
