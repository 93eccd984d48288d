"""Cleans in the task's own process.

Good rows go from DuckDB's Arrow batches straight into binary COPYs; bad ones, with their reasons,
by a COPY on a connection of its own. Memory holds a few batches, whatever the input's size.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from medallion.lake.manifest import Manifest
from medallion.names import BRONZE_PART
from medallion.plan.model import CleanStep
from medallion.steps.clean.cleaning_pass import CleaningPass
from medallion.steps.clean.filling import Filled, hold_types
from medallion.steps.clean.left_out import LeftOut, hold_to_left_out
from medallion.steps.context import StepContext
from medallion.warehouse.quarantine.rejects import RejectsWriter
from medallion.warehouse.tables.arrow_copy import copy_arrow, count_streams, create_new
from medallion.warehouse.tables.staging import NewStaging

if TYPE_CHECKING:
    import pyarrow as pa


class Here:
    """The way of an engine that runs in this process (`filling.Way`)."""

    def end_former_try(self, step: CleanStep, context: StepContext) -> None:
        """Its process has ended, and its sessions with it."""

    def fill(
        self,
        step: CleanStep,
        context: StepContext,
        manifest: Manifest,
        relations: Mapping[str, pa.Table],
        left: LeftOut,
        staging: NewStaging,
    ) -> Filled:
        """One pass over the parts, in their order.

        Raises:
            DataRejected, LakeError, WarehouseUnavailable, WarehouseRefused, SetupError: by who must
                act.
        """
        url, streams = context.warehouse_url, count_streams()
        rejects = RejectsWriter(context.warehouse_url, step.table.rejects(context.run_key))
        with tempfile.TemporaryDirectory(prefix="medallion-clean-") as folder, rejects:
            cleaning = CleaningPass(
                step=step,
                context=context,
                manifest=manifest,
                relations=relations,
                rejects=rejects,
                folder=Path(folder),
                left_out=left,
            )
            batches = cleaning.batches()
            if manifest.only_part is not None:
                batches = _leave_to_default(batches)
            first = next(batches, None)
            if first is None:
                create_new(url, staging)
            else:  # it brings the schema, and the copy takes the rest
                rows = chain([first], batches)
                copy_arrow(url, staging.name, first.schema, rows, streams=streams, new=staging)
            # Not earlier: the counts are complete when the copy has used up the batches.
            filled = Filled(
                step=step, context=context, counts=cleaning.counts, quarantined=rejects.rows
            )
            hold_types(filled)
            hold_to_left_out(left, cleaning.counts.left_out, step)
        return filled


def _leave_to_default(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Without the part's number, which the staging table has as a default: it is not sent for each
    row."""
    for batch in batches:
        yield batch.drop_columns([BRONZE_PART])
