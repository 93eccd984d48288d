"""A batch as the DataFrame that a custom step is given, and its columns back as declared.

The DataFrame has pandas' Arrow types: whole numbers with NULLs stay whole, decimals exact. A column
comes back in the declared type, or not at all: nothing is parsed, cut or rounded on the way.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from medallion.cleaning.declared.types import ColumnType

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def to_frame(
    batch: pa.RecordBatch, kinds: Mapping[str, ColumnType], index: Sequence[str]
) -> pd.DataFrame:
    """A batch as a DataFrame of Arrow-backed columns (`pd.ArrowDtype`); the `index` columns become
    its index."""
    import pandas as pd
    import pyarrow as pa

    columns = {
        name: _read(batch.column(name), kinds[name]) if name in kinds else batch.column(name)
        for name in batch.schema.names
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype)
    places = [batch.column(name).to_numpy(zero_copy_only=False) for name in index]
    frame = frame.drop(columns=list(index))
    frame.index = pd.MultiIndex.from_arrays(places, names=list(index))
    return frame


def from_frame(
    series: pd.Series[Any], kind: ColumnType, wanted: pa.DataType | None
) -> pa.Array[Any]:
    """A column as the staging table takes it.

    Args:
        series: the column.
        kind: its declared type.
        wanted: the Arrow type in which it was given; None where it was not.

    Raises:
        ValueError: its values are of another type; the text ends the sentence "… is not date: …".
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pa.array(series, from_pandas=True)
        if isinstance(found, pa.ChunkedArray):
            found = found.combine_chunks()
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        raise ValueError("its values are of several types, or of none that is known") from None
    if _is_text_kind(kind):
        return _write(found, kind)
    target = wanted or _arrow_type(kind)
    if found.null_count == len(found):
        return pa.array([None] * len(found), target)
    if _family(found.type) != _family(target):
        raise ValueError(f"its values are {found.type}")
    try:
        made = found.cast(target, safe=True)
    except pa.ArrowException:
        raise ValueError(f"its values are {found.type}, and do not all fit") from None
    if pa.types.is_floating(target) and not pc.all(pc.is_finite(made.drop_null())).as_py():
        raise ValueError("there are values that are not finite")
    return pa.array(made, target)


def _is_text_kind(kind: ColumnType) -> bool:
    return kind.scalar.name in ("uuid", "json") and not kind.array


def _read(column: pa.Array[Any], kind: ColumnType) -> pa.Array[Any]:
    """What goes to PostgreSQL as bytes is a text in the DataFrame."""
    import pyarrow as pa

    if not _is_text_kind(kind):
        return column
    values = column.to_pylist()
    if kind.scalar.name == "uuid":
        texts = [None if value is None else str(uuid.UUID(bytes=value)) for value in values]
    else:  # a 1, the version of jsonb's binary form, comes before the text
        texts = [None if value is None else value[1:].decode() for value in values]
    return pa.array(texts, pa.string())


def _write(column: pa.Array[Any], kind: ColumnType) -> pa.Array[Any]:
    import pyarrow as pa

    made: list[bytes | None] = []
    for value in column.to_pylist():
        if value is None:
            made.append(None)
        elif not isinstance(value, str):
            raise ValueError(f"its values are {column.type}, and should be texts")
        elif kind.scalar.name == "uuid":
            made.append(uuid.UUID(value).bytes)
        else:
            json.loads(value)
            made.append(b"\x01" + value.encode())
    return pa.array(made, pa.binary())


def _family(kind: pa.DataType) -> str:
    """Types between which values can be carried over without being read again."""
    import pyarrow as pa

    families = (
        ("number", ("is_integer", "is_floating", "is_decimal")),
        ("text", ("is_string", "is_large_string", "is_string_view")),
        ("bytes", ("is_binary", "is_large_binary", "is_fixed_size_binary")),
        ("day", ("is_date",)),
        ("list", ("is_list", "is_large_list")),
    )
    if pa.types.is_timestamp(kind):
        return "day" if kind.tz is None else "moment"
    for family, tests in families:
        if any(getattr(pa.types, test)(kind) for test in tests):
            return family
    return str(kind).partition("[")[0]


def _arrow_type(kind: ColumnType) -> pa.DataType:
    """The type in which an added column is copied."""
    import pyarrow as pa

    scalars: dict[str, pa.DataType] = {
        "text": pa.string(),
        "smallint": pa.int16(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "real": pa.float32(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "timestamp": pa.timestamp("us"),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "bytea": pa.binary(),
        "uuid": pa.string(),
        "json": pa.string(),
    }
    name = kind.scalar.name
    scalar = pa.decimal128(kind.precision, kind.scale) if name == "decimal" else scalars[name]
    return pa.list_(scalar) if kind.array else scalar
