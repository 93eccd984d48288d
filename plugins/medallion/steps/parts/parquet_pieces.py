"""The rows of a Parquet file, a few at a time, as files of one row group.

A row group of few rows and no dictionary is what DuckDB reads in little memory. Values keep their
types: a copy is what Parquet says that they are, without Arrow's own schema beside it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.errors import DataRejected
from medallion.sources.formats.parquet_weight import batches, long_rows
from medallion.steps.parts import duckdb_engine as clean_engine

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_READ_BYTES = 1024 * 1024
"""Of a column at a time: else Arrow reads the whole column of a row group."""
_BATCHES_OF_A_PIECE = 16


def count_rows(part: Path) -> int:
    """The rows of a file, by its footer."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(part).num_rows)


def are_exact(part: Path, folder: Path) -> bool:
    """Whether DuckDB reads the columns of copies as it reads those of the part. It does not for the
    few types that Arrow does not write: intervals, times with a zone, variants."""
    import pyarrow as pa

    empty = folder / f"{part.name}-columns"
    try:
        with _open(part) as file:
            none = file.schema_arrow.empty_table()
        write(none.cast(_without_dictionaries(none.schema)), empty)
        return _types_in_duckdb(part, folder) == _types_in_duckdb(empty, folder)
    except (pa.ArrowException, DataRejected):
        return False
    finally:
        empty.unlink(missing_ok=True)


def cut(part: Path, most: int) -> Generator[pa.Table, None, None]:
    """The rows in their order, in tables of at most `most` bytes, or of one longer row.

    Raises:
        DataRejected, LakeError: the part cannot be read.
    """
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    size = 0
    rows = long_rows(part)
    with clean_engine.translate_errors(part), _open(part) as file:
        schema = _without_dictionaries(file.schema_arrow)
        for batch in batches(file, rows, most // _BATCHES_OF_A_PIECE):
            for some in _halve(batch.cast(schema), most):
                if held and size + some.nbytes > most:
                    yield pa.Table.from_batches(held, schema)
                    held, size = [], 0
                held.append(some)
                size += some.nbytes
        if held:
            yield pa.Table.from_batches(held, schema)


def write(table: pa.Table, piece: Path) -> None:
    """A file of one row group, as large as its values are."""
    import pyarrow.parquet as pq

    with pq.ParquetWriter(
        piece, table.schema, compression="NONE", use_dictionary=False, store_schema=False
    ) as writer:
        writer.write_table(table, max(table.num_rows, 1))


def _open(part: Path) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    # INT96 as DuckDB reads it; where that loses something, the part is a copy without INT96.
    return pq.ParquetFile(
        part, pre_buffer=False, buffer_size=_READ_BYTES, coerce_int96_timestamp_unit="us"
    )


def _halve(batch: pa.RecordBatch, most: int) -> Iterator[pa.RecordBatch]:
    """The rows of a batch in batches of at most `most` bytes, or of one row."""
    if batch.num_rows <= 1 or batch.nbytes <= most:
        yield batch
        return
    middle = batch.num_rows // 2
    yield from _halve(batch.slice(0, middle), most)
    yield from _halve(batch.slice(middle), most)


def _types_in_duckdb(part: Path, folder: Path) -> list[tuple[str, str]]:
    with clean_engine.engine(part, folder, {}) as connection:
        found = connection.read_parquet(str(part))
        return list(zip(found.columns, map(str, found.types), strict=True))


def _without_dictionaries(schema: pa.Schema) -> pa.Schema:
    """The schema with the values of a dictionary in its place: a batch has all of them, whichever
    its rows are."""
    import pyarrow as pa

    return pa.schema(
        [
            field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
            for field in schema
        ]
    )
