"""What a worker of Spark does for a gate: it reads parts of a landing, of the columns asked for.

It reads them as the gate in the task's process does (`landing_frames`), so the values are the same.
A column of texts is one of texts. Of another one each value is in the field of its kind, for what
kinds a column has is known when all parts were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from medallion import __version__
from medallion.lake.manifest import Manifest
from medallion.steps.parts.landing_frames import read_mixed_frames
from medallion.steps.spark.workers import catch_error, use_one_core

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

PART, ERROR = "part", "error"
WHOLE, FRACTION, TRUTH, TEXT, OTHER = "whole", "fraction", "truth", "text", "other"
KINDS = {WHOLE: "bigint", FRACTION: "double", TRUTH: "boolean", TEXT: "string", OTHER: "boolean"}
"""The fields of a value that is not seen as a text, with Spark's types. Of another kind (a date, a
list, a number of more than 64 bits) it says only that there is a value."""

_LEAST, _MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SeenColumn:
    """A field of the landing as checks see it: as texts, or with the types that pandas finds."""

    name: str
    as_texts: bool

    @property
    def type(self) -> str:
        """As Spark writes it."""
        if self.as_texts:
            return "string"
        return f"struct<{','.join(f'{kind}:{its_type}' for kind, its_type in KINDS.items())}>"


def name_in_frame(number: int) -> str:
    """What a column is called in Spark, whose names know no capitals, and dots as paths."""
    return f"column_{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadParts:
    """A job, as it is sent to the workers.

    Attributes:
        columns: each is in the frame by its number (`name_in_frame`).
        groups: the numbers of the parts that each task of Spark reads, in their order.
        version: Medallion's where the job was made.
    """

    manifest: Manifest
    columns: tuple[SeenColumn, ...]
    groups: tuple[tuple[int, ...], ...]
    version: str = __version__

    @property
    def schema(self) -> str:
        """Of what it answers, as Spark writes one: an error is a record of its own."""
        columns = [f"{name_in_frame(n)} {one.type}" for n, one in enumerate(self.columns)]
        return ", ".join((f"{PART} int", f"{ERROR} string", *columns))

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The records of the parts of the groups whose numbers are in the first column."""
        use_one_core()
        for batch in batches:
            for group in batch.column(0).to_pylist():
                for part in self.groups[group]:
                    yield from self._answer(part)

    def _answer(self, part: int) -> Iterator[pa.RecordBatch]:
        frames = self._read(part)
        while True:
            found: list[pa.RecordBatch] = []
            error = catch_error(self.version, lambda: found.extend(_first(frames)))  # noqa: B023
            if error is not None:
                yield self._batch(part, error, [_absent(one, 1) for one in self.columns], 1)
            if not found:
                return
            yield from found

    def _read(self, part: int) -> Iterator[pa.RecordBatch]:
        texts = [one.name for one in self.columns if one.as_texts]
        others = [one.name for one in self.columns if not one.as_texts]
        alone = replace(self.manifest, parts=(self.manifest.parts[part],))
        for frame in read_mixed_frames(alone, texts=texts, others=others):
            # Side by side they stand as they were asked for, and a name may be there twice; else
            # as the part has them.
            in_order = frame if texts and others else frame[[*texts, *others]]
            columns = [
                to_texts(in_order.iloc[:, at]) if one.as_texts else to_kinds(in_order.iloc[:, at])
                for at, one in enumerate(self.columns)
            ]
            if len(frame):
                yield self._batch(part, None, columns, len(frame))

    def _batch(
        self, part: int, error: str | None, columns: Sequence[pa.Array], rows: int
    ) -> pa.RecordBatch:
        import pyarrow as pa

        names = [PART, ERROR, *map(name_in_frame, range(len(self.columns)))]
        where = [pa.array([part] * rows, pa.int32()), pa.array([error] * rows, pa.string())]
        return pa.RecordBatch.from_arrays([*where, *columns], names)


def _first(frames: Iterator[Any]) -> list[Any]:
    return [one for one in (next(frames, None),) if one is not None]


def _absent(column: SeenColumn, rows: int) -> pa.Array:
    import pandas as pd

    nothing = pd.Series([None] * rows, dtype=object)
    return to_texts(nothing) if column.as_texts else to_kinds(nothing)


def to_texts(column: pd.Series[Any]) -> pa.Array:
    """A column of texts for Arrow. Half of a surrogate pair, which JSON can hold, is not a
    character: it is a `?` there."""
    import pyarrow as pa

    texts = [
        str(value).encode("utf-8", "replace").decode("utf-8") if is_there else None
        for value, is_there in zip(column, column.notna(), strict=True)
    ]
    return pa.array(texts, pa.string())


def to_kinds(column: pd.Series[Any]) -> pa.Array:
    """A column of any type for Arrow: each value in the field of its kind."""
    import numpy as np
    import pyarrow as pa

    rows = len(column)
    fields: dict[str, pa.Array] = {
        WHOLE: pa.nulls(rows, pa.int64()),
        FRACTION: pa.nulls(rows, pa.float64()),
        TRUTH: pa.nulls(rows, pa.bool_()),
        TEXT: pa.nulls(rows, pa.string()),
        OTHER: pa.nulls(rows, pa.bool_()),
    }
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind == "i":
        fields[WHOLE] = pa.array(column.to_numpy(), pa.int64())
    elif isinstance(dtype, np.dtype) and dtype.kind == "f":
        fields[FRACTION] = pa.array(column.to_numpy(), pa.float64(), from_pandas=True)
    elif isinstance(dtype, np.dtype) and dtype.kind == "b":
        fields[TRUTH] = pa.array(column.to_numpy(), pa.bool_())
    else:
        fields |= _sort_by_kind(column)
    return pa.StructArray.from_arrays(list(fields.values()), list(fields))


def _sort_by_kind(column: pd.Series[Any]) -> dict[str, pa.Array]:
    import pandas as pd
    import pyarrow as pa

    held: dict[str, list[Any]] = {kind: [None] * len(column) for kind in KINDS}
    is_missing = column.isna()
    for at, (value, missing) in enumerate(zip(column, is_missing, strict=True)):
        if not missing:
            kind = kind_of(value)
            held[kind][at] = True if kind == OTHER else value
    texts = to_texts(pd.Series(held.pop(TEXT), dtype=object))
    types = {WHOLE: pa.int64(), FRACTION: pa.float64(), TRUTH: pa.bool_(), OTHER: pa.bool_()}
    return {kind: pa.array(values, types[kind]) for kind, values in held.items()} | {TEXT: texts}


def kind_of(value: object) -> str:
    """In which field a value is.

    >>> kind_of(True), kind_of(7), kind_of(2**63), kind_of(0.5), kind_of("7"), kind_of([7])
    ('truth', 'whole', 'other', 'fraction', 'text', 'other')
    """
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, int):
        return WHOLE if _LEAST <= value <= _MOST else OTHER
    if isinstance(value, float):
        return FRACTION
    return TEXT if isinstance(value, str) else OTHER
