"""The columns of a table as Iceberg has them: types, and the numbers by which columns are known.

A column keeps its number for as long as it has the same name and type; one of another type is
another column, so that no reader takes old values for new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count

import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
    TimestamptzType,
)

from medallion.errors import LakeError

NUMBER = "PARQUET:field_id"
"""Under which Arrow has the number that Parquet keeps of a column."""
_KINDS: tuple[tuple[Callable[[pa.DataType], bool], IcebergType], ...] = (
    (pa.types.is_boolean, BooleanType()),
    (pa.types.is_int32, IntegerType()),
    (pa.types.is_int64, LongType()),
    (pa.types.is_float32, FloatType()),
    (pa.types.is_float64, DoubleType()),
    (pa.types.is_string, StringType()),
    (pa.types.is_binary, BinaryType()),
    (pa.types.is_date32, DateType()),
    (lambda kind: kind == pa.timestamp("us"), TimestampType()),
    (lambda kind: kind == pa.timestamp("us", "UTC"), TimestamptzType()),
)


def number_columns(
    columns: pa.Schema, comments: Mapping[str, str], before: Schema | None, last: int
) -> Schema:
    """The columns with their numbers.

    Args:
        comments: the comment of each, by name.
        before: those that the table has had; None: it is new.
        last: the highest number that the table has given so far.

    Raises:
        LakeError: the format has no type for one.
    """
    known = {one.name: one for one in before.fields} if before is not None else {}
    numbers = count(last + 1)
    fields = [_number(one, comments.get(one.name), known.get(one.name), numbers) for one in columns]
    return Schema(*fields, schema_id=0)


def with_numbers(columns: pa.Schema, schema: Schema) -> pa.Schema:
    """The columns as they are written into Parquet: without what Arrow says of PostgreSQL."""
    return pa.schema(
        _with_number(one.name, one.type, known)
        for one, known in zip(columns, schema.fields, strict=True)
    )


def _number(
    column: pa.Field, comment: str | None, former: NestedField | None, numbers: Iterator[int]
) -> NestedField:
    kind = _kind_of(column)
    if former is not None and _is_same(former.field_type, kind):
        number, kind = former.field_id, former.field_type
    else:
        number = next(numbers)
        if isinstance(kind, ListType):
            kind = ListType(
                element_id=next(numbers), element_type=kind.element_type, element_required=False
            )
    return NestedField(number, column.name, kind, required=False, doc=comment or None)


def _kind_of(column: pa.Field) -> IcebergType:
    kind = column.type
    if pa.types.is_list(kind):
        return ListType(
            element_id=0, element_type=_kind_of(kind.value_field), element_required=False
        )
    if pa.types.is_decimal128(kind):
        return DecimalType(kind.precision, kind.scale)
    found = next((iceberg for is_one, iceberg in _KINDS if is_one(kind)), None)
    if found is None:  # the gate before, by PostgreSQL's types, let something through
        raise LakeError(
            f"{column.name} is {kind}, which Iceberg has no type for",
            remedy="this would be a defect of Medallion: report it",
        )
    return found


def _is_same(former: IcebergType, kind: IcebergType) -> bool:
    if isinstance(former, ListType) and isinstance(kind, ListType):
        return former.element_type == kind.element_type
    return former == kind


def _with_number(name: str, kind: pa.DataType, known: NestedField) -> pa.Field:
    of_list = known.field_type
    if isinstance(of_list, ListType):
        item = pa.field("element", kind.value_type, metadata={NUMBER: str(of_list.element_id)})
        kind = pa.list_(item)
    return pa.field(name, kind, metadata={NUMBER: str(known.field_id)})
