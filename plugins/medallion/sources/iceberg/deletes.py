"""Which rows of a data file are deleted: by files of positions, by deletion vectors, and by files
of values, for which the file is looked through first."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import orc
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table.deletion_vector import deletion_vectors_from_puffin_file
from pyiceberg.table.puffin import PuffinFile
from pyiceberg.types import DoubleType, FloatType, NestedField

from medallion.errors import SourceRefused
from medallion.sources.iceberg.files import read_file

if TYPE_CHECKING:
    from medallion.sources.iceberg.planning import PlannedFile
    from medallion.sources.iceberg.table import OpenTable

_KEY_ROWS = 1_048_576
_BYTES = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())
_LENGTH, _CHECKSUM = 4, 4
"""Bytes before and behind a deletion vector, big-endian."""


class Deletes:
    """The deleted rows of data files of one table."""

    def __init__(self, table: OpenTable) -> None:
        self._table = table
        self._files = table.files
        self._vectors = lru_cache(maxsize=4)(self._read_vectors)
        self._keys = lru_cache(maxsize=8)(self._read_keys)

    def find(self, planned: PlannedFile) -> np.ndarray | None:
        """The positions in a data file that are deleted, in order; None: none is.

        Raises:
            SourceRefused: a file of deletes is broken, or of a kind that is not read.
        """
        path, found = planned.data.file_path, list[pa.Array]()
        for one in planned.by_position:
            if one.file_format == FileFormat.PUFFIN:
                vectors = self._vectors(one.file_path)
                found += vectors[path].chunks if path in vectors else []
            else:
                found += self._read_positions(one, path).chunks
        found += self._find_equal(planned)
        if not found:
            return None
        return np.unique(pa.chunked_array(found, pa.int64()).to_numpy())

    def _find_equal(self, planned: PlannedFile) -> list[pa.Array]:
        """Where the data file has the values of files of values."""
        by_columns = dict[tuple[int, ...], list[pa.Array]]()
        for one in planned.by_equality:
            numbers = tuple(sorted(one.equality_ids or ()))
            by_columns.setdefault(numbers, []).append(self._keys(one))
        found = []
        for numbers, keys in by_columns.items():
            wanted, schema = pa.chunked_array(keys).combine_chunks(), self._find_columns(numbers)
            for begin, batch in read_file(self._table, planned.data, schema, _KEY_ROWS):
                is_deleted = pc.is_in(make_keys(batch), value_set=wanted)
                found.append(pc.add(pc.indices_nonzero(is_deleted).cast(pa.int64()), begin))
        return found

    def _read_keys(self, file: DataFile) -> pa.Array:
        schema = self._find_columns(tuple(sorted(file.equality_ids or ())))
        batches = (one for _, one in read_file(self._table, file, schema, _KEY_ROWS))
        return pc.unique(pa.chunked_array([make_keys(one) for one in batches], pa.large_binary()))

    def _find_columns(self, numbers: tuple[int, ...]) -> Schema:
        """The columns by which rows are deleted; one of them may have been dropped since.

        Raises:
            SourceRefused: one is within another one, or of a type that has no exact values.
        """
        known = {one.field_id: one for schema in self._table.metadata.schemas
                 for one in schema.columns}  # fmt: skip
        wanted = [known.get(number) for number in numbers]
        if not wanted or any(one is None or not _is_exact(one) for one in wanted):
            raise SourceRefused(
                f"{self._table.stored.url} deletes rows by the values of the columns {numbers}, "
                "which is not read: they are inexact, or within others",
                remedy="compact the table (rewrite_data_files with delete-file-threshold=1)",
            )
        return Schema(*(one.model_copy(update={"required": False}) for one in wanted if one))

    def _read_positions(self, file: DataFile, data_file: str) -> pa.ChunkedArray:
        is_wanted = pc.field("file_path") == data_file
        with self._files.new_input(file.file_path).open() as opened:
            if file.file_format == FileFormat.PARQUET:
                table = pq.read_table(opened, columns=["file_path", "pos"], filters=is_wanted)
            elif file.file_format == FileFormat.ORC:
                table = orc.read_table(opened, columns=["file_path", "pos"]).filter(is_wanted)
            else:
                raise SourceRefused(
                    f"deletes are kept in {file.file_path}, in a format that is not read",
                    remedy="compact the table (rewrite_data_files)",
                )
        return table.column("pos").cast(pa.int64())

    def _read_vectors(self, path: str) -> dict[str, pa.ChunkedArray]:
        with self._files.new_input(path).open() as opened:
            puffin = PuffinFile(opened.read())
        for blob in puffin.footer.blobs:
            _hold_to_checksum(puffin.get_blob_payload(blob), path)
        vectors = deletion_vectors_from_puffin_file(puffin)
        return {one.referenced_data_file: one.to_vector().cast(pa.int64()) for one in vectors}


def _hold_to_checksum(blob: bytes, path: str) -> None:
    """Refuse a vector that is not as it was written: pyiceberg does not look."""
    end = _LENGTH + int.from_bytes(blob[:_LENGTH], "big")
    said = int.from_bytes(blob[end : end + _CHECKSUM], "big")
    if len(blob) != end + _CHECKSUM or zlib.crc32(blob[_LENGTH:end]) != said:
        raise SourceRefused(
            f"the deletion vector in {path} is broken: its checksum differs",
            remedy="restore the file, or roll the table back to a snapshot before it",
        )


def make_keys(batch: pa.RecordBatch) -> pa.Array:
    """The values of each row as one text: equal where all of them are, and NULL equals NULL.

    >>> rows = pa.RecordBatch.from_pydict({"a": [1, None], "b": ["x|", "2:yz"]})
    >>> make_keys(rows).to_pylist()
    [b'1:1|2:x|', b'n|4:2:yz']
    """
    parts = []
    for column in batch.columns:
        values = _as_bytes(column)
        length = pc.binary_length(values).cast(pa.string()).cast(pa.large_binary())
        said = pc.binary_join_element_wise(length, values, pa.scalar(b":", pa.large_binary()))
        parts.append(pc.fill_null(said, b"n"))
    return pc.binary_join_element_wise(*parts, pa.scalar(b"|", pa.large_binary()))


def _as_bytes(column: pa.Array) -> pa.Array:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64())
    if pa.types.is_fixed_size_binary(column.type):
        column = column.cast(pa.binary())
    if column.type not in _BYTES:
        column = column.cast(pa.string())
    return column.cast(pa.large_binary())


def _is_exact(column: NestedField) -> bool:
    kind = column.field_type
    return kind.is_primitive and not isinstance(kind, FloatType | DoubleType)
