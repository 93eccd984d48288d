"""Rows of a driver → Arrow batches of a schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medallion.errors import SourceRefused

if TYPE_CHECKING:
    import pyarrow as pa

FETCH_ROWS = 10_000
_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A query's result: the schema, and the rows in batches, as long as the connection is open."""

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    times: frozenset[str] = frozenset()
    """Columns that are landed as text, and that the database compares as times all the same."""


def fetch(cursor: Any, size: int = FETCH_ROWS) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of a DB-API cursor, up to 10,000 at a time, fewer if there are many columns."""
    width = max(1, len(cursor.description or ()))
    count = max(100, min(size, 1_000_000 // width))
    while rows := cursor.fetchmany(count):
        yield rows


def batch_of_columns(columns: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Columns of Python values as a batch.

    Raises:
        SourceRefused: a value does not fit its column's type.
    """
    import pyarrow as pa

    arrays = [_array(values, field) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def cast_texts(values: Any, field: pa.Field[Any]) -> Any:
    """Texts cast to a column's type.

    Raises:
        SourceRefused: one of them is not of the type; it is named.
    """
    import pyarrow as pa

    try:
        return values.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise unfit(field, _first_unfit(values, field), str(error)) from None


def unfit(field: pa.Field[Any], value: object, said: str = "") -> SourceRefused:
    """The error for a value that its column's type cannot hold; the value is cut after 60
    characters."""
    shown = f"{str(value)[:_SHOWN]!r}" if value is not None else said.partition("\n")[0]
    return SourceRefused(
        f"the column {field.name} holds {shown}, which is not a {field.type}",
        remedy="cast the column to text in the `query`: rows with such values then go to "
        "quarantine; or say there what they mean, with NULLIF or CASE",
    )


def _array(values: Sequence[Any], field: pa.Field[Any]) -> Any:
    import pyarrow as pa

    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, TypeError, ValueError) as error:
        raise unfit(field, None, str(error)) from None


def _first_unfit(values: Any, field: pa.Field[Any]) -> object:
    import pyarrow as pa

    for value in values:
        try:
            value.cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return value.as_py()
    return None
