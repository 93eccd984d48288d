"""The ways to fill a run's staging table and its rejects: in this process, or on a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from medallion.cleaning.declared.contract import OtherTypes
from medallion.cleaning.engines.table import engine_of
from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest
from medallion.plan.model import CleanStep
from medallion.prose import tally
from medallion.steps.clean.counts import Counts
from medallion.steps.clean.left_out import LeftOut
from medallion.steps.context import StepContext
from medallion.warehouse.tables.staging import NewStaging

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A staging table and its rejects, with all rows of a landing. `quarantined`: the rejects'."""

    step: CleanStep
    context: StepContext
    counts: Counts
    quarantined: int


class Way(Protocol):
    """One of them."""

    def end_former_try(self, step: CleanStep, context: StepContext) -> None:
        """Make sure that nothing which an earlier try has started writes to these tables."""

    def fill(
        self,
        step: CleanStep,
        context: StepContext,
        manifest: Manifest,
        relations: Mapping[str, pa.Table],
        left: LeftOut,
        staging: NewStaging,
    ) -> Filled:
        """Make the staging table and fill both: the rejects are there, empty but for what is left
        out.

        Raises:
            DataRejected: a part has other records or columns than when it was landed; a value is
                not of its type, and the contract is frozen.
        """


def way_of(engine: str) -> Way:
    """The way of an engine, by its word in specs; loaded when it is needed."""
    if engine_of(engine).is_cluster:
        from medallion.steps.clean.spark.job import OnSpark

        return OnSpark()
    from medallion.steps.clean.here import Here

    return Here()


def hold_types(filled: Filled) -> None:
    """A frozen contract lets no value pass that is not of its column's type.

    Raises:
        DataRejected: one is not.
    """
    counts, step = filled.counts, filled.step
    if step.schema_contract.data_type is OtherTypes.FREEZE and filled.quarantined:
        raise DataRejected(
            f"{step.table.public}: {filled.quarantined:,} of "
            f"{tally(counts.read, 'record')} not as the spec declares them, and the schema "
            "contract is frozen: " + " | ".join(counts.examples),
            remedy="fix the source, or the column's type; nothing was published",
        )
