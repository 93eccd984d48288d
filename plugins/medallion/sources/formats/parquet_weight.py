"""How long the rows of a Parquet file are, by its footer and its dictionaries.

DuckDB has up to 2,048 rows of a row group at once. A footer has the bytes of a column as they are
stored: a text that a dictionary keeps once may be the value of every row.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from medallion.sources.base.varints import read_zigzag

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

WINDOW_ROWS = 2048
"""Rows that DuckDB has at once."""
MOST_BYTES = 64 * 1024 * 1024
"""Of texts and bytes in so many rows. Its threads have as many each, and expressions copies."""
BATCH_BYTES = 1024 * 1024
BATCH_ROWS = 256
"""Where rows are long on average, some of them may be much longer."""
_LARGEST_DICTIONARY = 32 * 1024 * 1024
_HEADER_BYTES = 256
_DICTIONARY_PAGE = 2
_LENGTH = struct.Struct("<I")
_CODECS = {"LZ4": "lz4_raw"}
"""By their names in footers, those whose names in Arrow differ."""
_WHOLE_NUMBER, _STRUCT = 5, 12
"""Types of Thrift's compact protocol."""


def long_rows(part: Path) -> tuple[int, ...]:
    """For each row group, the bytes of texts and bytes in one of its rows; none if no row group has
    more than `MOST_BYTES` in as many rows as DuckDB has at once.

    The footer is read, and for each column whose dictionary may be large, one dictionary.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(part) as file, part.open("rb") as content:
        sizes = _weigh(file.metadata, content)
        rows = [file.metadata.row_group(at).num_rows for at in range(len(sizes))]
    lengths = tuple(size // max(count, 1) for size, count in zip(sizes, rows, strict=True))
    at_once = (
        length * min(count, WINDOW_ROWS) for length, count in zip(lengths, rows, strict=True)
    )
    return lengths if any(size > MOST_BYTES for size in at_once) else ()


def batches(
    file: pq.ParquetFile, rows: tuple[int, ...], most: int = BATCH_BYTES
) -> Iterator[pa.RecordBatch]:
    """The rows in their order, in batches of about `most` bytes: a row of each group has so many.

    Args:
        rows: from `long_rows`; of any other file, none.
    """
    groups = range(file.num_row_groups)
    lengths = rows or [_row_bytes(file.metadata, at) for at in groups]
    for count, some in groupby(groups, lambda at: _power_of_two(most // max(lengths[at], 1))):
        yield from file.iter_batches(count, row_groups=list(some), use_threads=False)


def _row_bytes(metadata: pq.FileMetaData, group: int) -> int:
    found = metadata.row_group(group)
    return int(found.total_byte_size // max(found.num_rows, 1))


def _power_of_two(rows: int) -> int:
    """So that most row groups of a file are read alike."""
    return 1 << (max(1, min(rows, BATCH_ROWS)).bit_length() - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """A column of a row group whose values are kept in a dictionary."""

    group: int
    values: int
    stored: int
    page: _Page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page with a dictionary. Sizes in bytes."""

    size: int
    """Unpacked."""
    packed: int
    entries: int
    starts: int
    """Where its content does, in the file."""

    @property
    def mean(self) -> float:
        return self.size / max(self.entries, 1)


def _weigh(metadata: pq.FileMetaData, content: BinaryIO) -> list[int]:
    """For each row group, the bytes of texts and bytes that it has, each value as often as it
    occurs."""
    found = [0] * metadata.num_row_groups
    texts = [
        at
        for at in range(metadata.num_columns)
        if metadata.schema.column(at).physical_type == "BYTE_ARRAY"
    ]
    for column in texts:
        shared = []
        for group in range(metadata.num_row_groups):
            chunk = metadata.row_group(group).column(column)
            found[group] += chunk.total_uncompressed_size
            page = _large_dictionary(metadata, group, column, content)
            if page is not None:
                shared.append(
                    _Shared(
                        group=group,
                        values=chunk.num_values,
                        stored=chunk.total_uncompressed_size,
                        page=page,
                    )
                )
        if not shared:
            continue
        heaviest = max(shared, key=lambda one: one.page.mean)
        codec = metadata.row_group(heaviest.group).column(column).compression
        longest = _longest_entry(heaviest.page, codec, content)
        for one in shared:
            found[one.group] += max(0, int(one.values * longest) - one.stored)
    return found


def _large_dictionary(
    metadata: pq.FileMetaData, group: int, column: int, content: BinaryIO
) -> _Page | None:
    """The dictionary of a column, if one of its texts could be so long that the rows are."""
    rows = metadata.row_group(group).num_rows
    chunk = metadata.row_group(group).column(column)
    at_once = chunk.num_values / max(rows, 1) * min(rows, WINDOW_ROWS)
    if at_once * chunk.total_uncompressed_size <= MOST_BYTES:
        return None
    if not any("DICTIONARY" in encoding for encoding in chunk.encodings):
        return None
    starts = chunk.dictionary_page_offset
    page = _read_header(content, chunk.data_page_offset if starts is None else starts)
    return page if page is not None and at_once * page.size > MOST_BYTES else None


def _longest_entry(page: _Page, codec: str, content: BinaryIO) -> float:
    """The bytes of the longest text in a dictionary; of a large one, what they have on average."""
    import pyarrow as pa

    if page.mean * WINDOW_ROWS > MOST_BYTES or page.size > _LARGEST_DICTIONARY:
        return page.mean
    content.seek(page.starts)
    packed = content.read(page.packed)
    try:
        if codec != "UNCOMPRESSED":
            unpack = pa.Codec(_CODECS.get(codec, codec.lower()))
            packed = unpack.decompress(packed, page.size, asbytes=True)
        longest = at = 0
        for _ in range(page.entries):
            (length,) = _LENGTH.unpack_from(packed, at)
            at += 4 + length
            if length > longest:  # noqa: PLR1730  # `max` takes four times as long
                longest = length
    except (pa.ArrowException, OSError, ValueError, struct.error):
        return page.size  # such as it cannot be, it is taken for one long text
    return longest


def _read_header(content: BinaryIO, at: int) -> _Page | None:
    """The header of the page that begins there, if it is a dictionary's that can be read.

    It is Thrift's compact protocol: whole numbers for the kind of page, its size, and its size
    when packed, then a struct that begins with the number of entries.
    """
    content.seek(at)
    header = _Compact(content.read(_HEADER_BYTES))
    try:
        numbers = []
        while (kind := header.field()) == _WHOLE_NUMBER:
            numbers.append(header.number())
        page, size, packed = numbers[:3]
        if kind != _STRUCT or page != _DICTIONARY_PAGE or header.field() != _WHOLE_NUMBER:
            return None
        entries = header.number()
        # What is left of the struct, its end and that of the header.
        while header.field() == _WHOLE_NUMBER or header.is_flag:
            if not header.is_flag:
                header.number()
        if header.field() != 0 or min(size, packed, entries) < 0:
            return None
    except (IndexError, ValueError):
        return None
    return _Page(size=size, packed=packed, entries=entries, starts=at + header.at)


class _Compact:
    """Bytes in Thrift's compact protocol, read from their beginning."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._kind = 0
        self.at = 0

    @property
    def is_flag(self) -> bool:
        """Whether the field just begun is true or false: it has no bytes of its own."""
        return self._kind in (1, 2)

    def field(self) -> int:
        """The type of the field that begins here; 0: the struct ends."""
        byte = self._data[self.at]
        self.at += 1
        self._kind = byte & 0x0F
        if byte and not byte >> 4:  # its number stands by itself
            self.number()
        return self._kind

    def number(self) -> int:
        """A whole number.

        Raises:
            ValueError: there is none.
        """
        found, self.at = read_zigzag(self._data, self.at)
        return found
