"""A file's columns as the table has them now: by the numbers of columns, which renaming does not
change."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.io.pyarrow import ArrowAccessor, ArrowProjectionVisitor
from pyiceberg.schema import Schema, visit_with_partner
from pyiceberg.types import ListType, MapType


def project(
    batch: pa.RecordBatch,
    file_schema: Schema,
    schema: Schema,
    missing: dict[int, Any],
    *,
    downcast: bool,
) -> pa.RecordBatch:
    """A batch of a file as the table has it.

    Args:
        batch: with the columns that the table has still.
        file_schema: of these columns.
        schema: the table's.
        missing: by a column's number, its value in all rows of a file that lacks it.
        downcast: whether nanoseconds become microseconds, as in tables before version 3.

    Raises:
        ValueError, ResolveError: a column's type has changed in a way that the format forbids.
    """
    visitor = _Projection(
        file_schema,
        downcast_ns_timestamp_to_us=downcast,
        projected_missing_fields=missing,
        allow_timestamp_tz_mismatch=True,
    )
    rows = visit_with_partner(schema, batch, visitor, ArrowAccessor(file_schema))
    return pa.RecordBatch.from_struct_array(rows)


class _Projection(ArrowProjectionVisitor):
    """pyiceberg's own makes a list or a map of structs of its offsets, so that NULL became empty.
    See `findings/pyiceberg-null-lists-of-structs-become-empty.sh`."""

    def list(
        self, list_type: ListType, list_array: pa.Array | None, value_array: pa.Array | None
    ) -> pa.Array | None:
        return _with_nulls_of(list_array, super().list(list_type, list_array, value_array))

    def map(
        self,
        map_type: MapType,
        map_array: pa.Array | None,
        key_result: pa.Array | None,
        value_result: pa.Array | None,
    ) -> pa.Array | None:
        return _with_nulls_of(map_array, super().map(map_type, map_array, key_result, value_result))


def _with_nulls_of(given: pa.Array | None, made: pa.Array | None) -> pa.Array | None:
    if given is None or made is None or made.null_count == given.null_count:
        return made
    at = pa.array(range(len(made)), pa.int64())
    return made.take(pc.if_else(given.is_valid(), at, None))
