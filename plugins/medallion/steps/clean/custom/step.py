"""Runs the author's function on cleaned rows before staging: DataFrames in and out.

A row is known by its index (`_bronze_part`, `_bronze_record`), which has to come back: so rows can
be changed and dropped, which counts them as discarded, but none can be added, and none can be taken
for another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.types import parse_type
from medallion.errors import CustomStepFailed, DataRejected
from medallion.names import BRONZE_PART, BRONZE_RECORD
from medallion.plan.model import CleanStep, CustomStep
from medallion.prose import tally
from medallion.steps.clean.custom.columns import from_frame, to_frame
from medallion.steps.clean.custom.process import in_own_process
from medallion.steps.context import StepContext

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

ROW = [BRONZE_PART, BRONZE_RECORD]


def transform(
    step: CleanStep,
    custom: CustomStep,
    batches: Iterable[pa.RecordBatch],
    context: StepContext,
) -> Iterator[tuple[pa.RecordBatch, int]]:
    """The batches that the function returns, each with the number of rows it dropped.

    The function runs in a process of its own, without the task's secrets.

    Raises:
        CustomStepFailed: the function failed, did not end in time, or returned no DataFrame, or
            rows it was not given.
        DataRejected: a column is missing, extra or of another type, or there are more rows than
            `max_rows`.
    """
    given = batches if custom.max_rows is None else _whole(step, custom, custom.max_rows, batches)
    with in_own_process(step, custom, context.log, context.deadline) as called:
        for batch in given:
            if batch.num_rows:
                made = called(batch)
                yield made, batch.num_rows - made.num_rows


def _whole(
    step: CleanStep, custom: CustomStep, most: int, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """All rows as one batch."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(part.num_rows for part in held) > most:
            raise DataRejected(
                f"{step.table.public} has more rows than the {most:,} of `max_rows`, which "
                f"{custom.function} of {custom.path} is given at once",
                remedy="raise max_rows if the memory allows it, or leave it out: the function is "
                "then given some thousand rows at a time",
            )
    if held:
        yield from pa.Table.from_batches(held).combine_chunks().to_batches()


def call(
    step: CleanStep,
    custom: CustomStep,
    function: Callable[[Any], Any],
    batch: pa.RecordBatch,
) -> pa.RecordBatch:
    """One batch as the function returns it, checked against what the spec declares.

    Raises:
        CustomStepFailed: the function failed, or returned no DataFrame, or rows it was not given.
        DataRejected: a column is missing, extra, or of another type.
    """
    declared = table_columns(step.columns)
    kinds = {name: parse_type(spec.type) for name, spec in declared.items()}
    frame = to_frame(batch, kinds, ROW)
    index = frame.index
    found = function(frame)
    _must_be_rows(custom, found, index)
    _must_have(custom, declared, found)
    import pyarrow as pa

    arrays = []
    for name, spec in declared.items():
        wanted = None if name in custom.adds else batch.schema.field(name).type
        try:
            array = from_frame(found[name], kinds[name], wanted)
        except ValueError as error:
            raise _reject(custom, name, f"is not {kinds[name].name}: {error}") from None
        nullable = spec.nullable and name not in step.primary_key
        if array.null_count and not nullable:
            raise _reject(
                custom, name, f"is empty in {tally(array.null_count, 'row')}, and not nullable"
            )
        arrays.append(array)
    places = [
        pa.array(found.index.get_level_values(level), batch.schema.field(level).type)
        for level in ROW
    ]
    return pa.RecordBatch.from_arrays([*arrays, *places], [*declared, *ROW])


def _must_be_rows(custom: CustomStep, found: Any, index: pd.Index[Any]) -> None:
    import pandas as pd

    if not isinstance(found, pd.DataFrame):
        raise CustomStepFailed(
            f"{custom.path}: {custom.function} gives {type(found).__name__}, not a DataFrame",
            remedy="return the DataFrame",
        )
    if list(found.index.names) != ROW:
        raise CustomStepFailed(
            f"{custom.path}: {custom.function} gives rows without the index that says which "
            f"records they are ({', '.join(ROW)})",
            remedy="keep the index: `join` and `map` do, `merge` and `reset_index` do not",
        )
    if not found.index.is_unique or not found.index.isin(index).all():
        raise CustomStepFailed(
            f"{custom.path}: {custom.function} gives rows twice, or rows that it was not given",
            remedy="it can change and drop rows, not add any: rows are added in gold's SQL",
        )


def _must_have(custom: CustomStep, declared: Mapping[str, ColumnSpec], found: pd.DataFrame) -> None:
    names = [str(name) for name in found.columns]
    for name in declared:
        if names.count(name) != 1:
            problem = "is missing" if name not in names else "is there twice"
            raise _reject(custom, name, problem)
    for name in names:
        if name not in declared:
            raise _reject(custom, name, "is not declared in `columns`")


def _reject(custom: CustomStep, column: str, problem: str) -> DataRejected:
    return DataRejected(
        f"what {custom.function} of {custom.path} gives: the column {column} {problem}",
        remedy="nothing was published; fix the function or the spec, then clear the task",
    )
