"""The clear values whose hashes a silver table may hold, read from its landings again.

A hash cannot be turned into another key's: only the value can, and only the landing has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from medallion.cleaning.declared.classification import (
    ClassificationSpec,
    Protect,
    find_hashed_columns,
)
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.lake.manifest import Manifest
from medallion.plan.model import CleanStep
from medallion.steps.clean.erased.scan import read_columns
from medallion.steps.clean.part_reading import Rows
from medallion.steps.context import StepContext


def read_hashed_values(
    step: CleanStep, context: StepContext, manifest: Manifest
) -> Iterator[frozenset[str]]:
    """The values of the hashed columns of a landing, as they are hashed; those of a batch at once.

    A value that is looked up in another table is not among them.

    Raises:
        DataRejected, LakeError, LakeUnavailable: by who must act.
    """
    import pyarrow as pa

    columns = _in_clear(step)
    hashed = [name for name in find_hashed_columns(step.columns) if name in columns]
    if not hashed:
        return
    for _, batches in read_columns(columns, context, manifest):
        for one in batches:
            if not isinstance(one, Rows):
                continue
            for name in hashed:
                values = one.batch.column(name)
                if pa.types.is_list(values.type):
                    values = values.flatten()
                texts = values.cast(pa.string()).unique().to_pylist()
                yield frozenset(text for text in texts if text is not None)


def _in_clear(step: CleanStep) -> dict[str, ColumnSpec]:
    """The hashed columns without their hashes; with an expression among them also what it may
    read. Only this process sees the values."""
    clear = ClassificationSpec(pii="other", protect=Protect.NONE)
    hashed = find_hashed_columns(step.columns)
    is_computed = any(spec.expression is not None for spec in hashed.values())
    wanted = step.columns if is_computed else hashed
    return {
        name: spec.model_copy(update={"classification": clear, "nullable": True})
        if name in hashed
        else spec
        for name, spec in wanted.items()
        if spec.lookup is None and (name in hashed or not _needs_other(spec))
    }


def _needs_other(spec: ColumnSpec) -> bool:
    """Whether the column needs the key, which is not at hand here."""
    return spec.classification is not None and spec.classification.protect is Protect.HASH
