"""Which rows of a data file are deleted: by files of positions, and by deletion vectors."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import orc
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.table.deletion_vector import deletion_vectors_from_puffin_file
from pyiceberg.table.puffin import PuffinFile

from medallion.errors import SourceRefused

if TYPE_CHECKING:
    from medallion.sources.iceberg.held_files import HeldFiles

_LENGTH, _CHECKSUM = 4, 4
"""Bytes before and behind a deletion vector, big-endian."""


class Deletes:
    """The deleted rows of data files of one table."""

    def __init__(self, files: HeldFiles) -> None:
        self._files = files
        self._vectors = lru_cache(maxsize=4)(self._read_vectors)

    def find(self, data_file: str, delete_files: Iterable[DataFile]) -> pa.Array | None:
        """The positions in a data file that are deleted; None: none is.

        Raises:
            SourceRefused: a file of deletes is broken, or of a kind that is not read.
        """
        found: list[pa.Array] = []
        for one in delete_files:
            if one.file_format == FileFormat.PUFFIN:
                vectors = self._vectors(one.file_path)
                found += vectors[data_file].chunks if data_file in vectors else []
            else:
                found += self._read_positions(one, data_file).chunks
        return pc.unique(pa.chunked_array(found, pa.int64())) if found else None

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
