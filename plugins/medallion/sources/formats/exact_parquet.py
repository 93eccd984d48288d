"""Parquet parts whose values DuckDB would cut or round, as copies that it reads exactly.

DuckDB reads a decimal of more than 38 digits as a double: the copy has texts. It reads the old
timestamps of Impala and Spark (INT96) without nanoseconds: the copy keeps them. Both may be inside
structs, lists and maps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.errors import DataRejected
from medallion.records import RecordLayout
from medallion.sources.base.parquet_parts import duckdb_type

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 32_768
_MICROSECONDS = (2**63 - 1) // 1000
"""How far from 1970 nanoseconds go in 64 bits: to the years 1677 and 2262."""


def exactly_readable(part: Path, layout: RecordLayout, copy: Path) -> tuple[Path, RecordLayout]:
    """The part if DuckDB reads it exactly; else a copy that it does.

    Raises:
        DataRejected: it has nanoseconds, and years that 64 bits of nanoseconds cannot hold.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(part) as file:
        schema = file.schema_arrow
    old = _old_timestamps(part, schema)
    exact = bool(old) and _has_nanoseconds(part, list(old))
    unit = "ns" if exact else "us"
    if not exact and not any(_is_wide(field.type) for field in schema):
        return part, _retype(layout, old)
    with pq.ParquetFile(part, coerce_int96_timestamp_unit=unit) as file:
        target = _without_wide(file.schema_arrow)
        with pq.ParquetWriter(copy, target, store_schema=False) as writer:
            for batch in file.iter_batches(_BATCH_ROWS):
                writer.write_batch(_without_exponents(batch, batch.cast(target)))
    changed = {
        field.name: duckdb_type(field.type)
        for field in target
        if field.type != schema.field(field.name).type
    }
    return copy, _retype(layout, changed)


def _retype(layout: RecordLayout, changed: dict[str, str]) -> RecordLayout:
    types = zip(layout.columns, layout.types, strict=True)
    return replace(layout, types=tuple(changed.get(name, held) for name, held in types))


def _old_timestamps(part: Path, schema: pa.Schema) -> dict[str, str]:
    """The columns that hold INT96, at any depth, and what DuckDB calls the types that it reads."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(part, coerce_int96_timestamp_unit="us") as file:
        read = file.schema_arrow
    return {
        now.name: duckdb_type(now.type)
        for now, exact in zip(read, schema, strict=True)
        if now.type != exact.type
    }


def _has_nanoseconds(part: Path, columns: list[str]) -> bool:
    """Whether one of them has more than six digits after its second."""
    import pyarrow.compute as pc

    nanoseconds = far = False
    for short, exact in _both_readings(part, columns):
        micros, nanos = short.view("int64"), exact.view("int64")
        near = pc.less_equal(pc.abs_checked(micros), _MICROSECONDS)
        far |= bool(pc.any(pc.invert(near)).as_py())
        cut = pc.not_equal(nanos, pc.multiply(micros, 1000))
        nanoseconds |= bool(pc.any(pc.and_(near, cut)).as_py())
    if nanoseconds and far:
        raise DataRejected(
            f"{part.name}: {', '.join(columns)} hold nanoseconds, and years that they do not reach",
            remedy="have the file written with timestamps of microseconds (years 1677 to 2262 hold "
            "nanoseconds)",
        )
    return nanoseconds


def _both_readings(part: Path, columns: list[str]) -> Iterator[tuple[pa.Array, pa.Array]]:
    """Every array of INT96 in the columns, read with microseconds and with nanoseconds."""
    readings = (_batches(part, columns, unit) for unit in ("us", "ns"))
    for short, exact in zip(*readings, strict=True):
        for pair in zip(short.columns, exact.columns, strict=True):
            yield from (both for both in _leaves(*pair) if both[0].type != both[1].type)


def _batches(part: Path, columns: list[str], unit: str) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(part, coerce_int96_timestamp_unit=unit) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
            yield batch.select(columns)


def _leaves(short: pa.Array, exact: pa.Array) -> Iterator[tuple[pa.Array, pa.Array]]:
    """The scalars within two readings of one array; those below a NULL are left out."""
    import pyarrow as pa

    if pa.types.is_struct(short.type):
        for pair in zip(short.flatten(), exact.flatten(), strict=True):
            yield from _leaves(*pair)
    elif pa.types.is_map(short.type):
        yield from _leaves(short.keys, exact.keys)
        yield from _leaves(short.items, exact.items)
    elif pa.types.is_list(short.type):
        yield from _leaves(short.flatten(), exact.flatten())
    else:
        yield short, exact


def _is_wide(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_decimal256(kind) or any(_is_wide(field.type) for field in _fields(kind))


def _without_exponents(held: pa.RecordBatch, texts: pa.RecordBatch) -> pa.RecordBatch:
    """The texts of decimals as the cleaning reads them: Arrow writes 0.0000000001 as 1E-10."""
    import pyarrow as pa

    columns = [
        _spell_out(text) if pa.types.is_decimal256(field.type) else text
        for field, text in zip(held.schema, texts.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=texts.schema)


def _spell_out(texts: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring(texts, "E")).as_py():
        return texts
    return pa.array([text and f"{Decimal(text):f}" for text in texts.to_pylist()], pa.string())


def _fields(kind: pa.DataType) -> list[pa.Field[Any]]:
    return [kind.field(at) for at in range(kind.num_fields)]


def _without_wide(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([field.with_type(_texts(field.type)) for field in schema])


def _texts(kind: pa.DataType) -> pa.DataType:
    """The type with texts in place of wide decimals."""
    import pyarrow as pa

    if pa.types.is_decimal256(kind):
        return pa.string()
    if not _is_wide(kind):
        return kind
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_texts(field.type)) for field in _fields(kind)])
    if pa.types.is_map(kind):
        return pa.map_(_texts(kind.key_type), _texts(kind.item_type))
    return pa.list_(_texts(kind.value_type))
