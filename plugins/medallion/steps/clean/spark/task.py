"""What a worker of Spark does: it cleans parts of a landing, each in a transaction of its own.

A part's good rows, its rejects and the record that it is staged are committed together. So a worker
that is lost, and whose parts are given to another one, leaves a part whole or not at all.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion import __version__
from medallion.errors import SetupError
from medallion.lake.manifest import Manifest
from medallion.plan.model import CleanStep
from medallion.run import Run
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.clean.cleaning_pass import CleaningPass
from medallion.steps.clean.left_out import LeftOut
from medallion.steps.context import StepContext
from medallion.steps.spark.workers import catch_error, use_one_core
from medallion.warehouse.quarantine.rejects import LaterRejects
from medallion.warehouse.session.transaction import Session
from medallion.warehouse.tables.arrow_copy import copy_within
from medallion.warehouse.tables.cleaned_parts import (
    add_cleaned_part,
    find_cleaned_part,
    writer_session,
)

if TYPE_CHECKING:
    import pyarrow as pa

PART, ERROR = "part", "error"
COLUMNS = f"{PART} int, {ERROR} string"
"""What a worker answers of each part, as Spark writes a schema. `error` is NULL for a part that is
staged, whose figures are in the warehouse, else the JSON of an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanParts:
    """A job, as it is sent to the workers. What they do with it needs nothing else.

    Attributes:
        step: with the columns that the landing adds.
        relations: what the query is joined to.
        left: the records that are not cleaned.
        url: of a role that may fill the run's tables and nothing else.
        attempt: this try's word, by which the warehouse knows its workers.
        groups: the numbers of the parts that each stream cleans, one after the other.
        version: Medallion's where the job was made.
    """

    step: CleanStep
    manifest: Manifest
    relations: Mapping[str, pa.Table] = field(repr=False)
    left: LeftOut
    run: Run
    try_number: int
    url: str = field(repr=False)
    attempt: str = field(repr=False)
    groups: tuple[tuple[int, ...], ...]
    version: str = __version__

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Clean the parts of the streams whose numbers are in the first column."""
        import pyarrow as pa

        use_one_core()
        for batch in batches:
            for stream in batch.column(0).to_pylist():
                for part in self.groups[stream]:
                    yield pa.RecordBatch.from_arrays(
                        [pa.array([part], pa.int32()), pa.array([self._try(part)], pa.string())],
                        [PART, ERROR],
                    )

    def _try(self, part: int) -> str | None:
        """Clean a part; the error that came instead."""
        return catch_error(self.version, lambda: self.clean(part))

    def clean(self, part: int) -> None:
        """Stage a part, unless it is staged.

        Raises:
            DataRejected, LakeError, WarehouseUnavailable, WarehouseRefused, SetupError: by who must
                act.
        """
        parts = self.step.table.part_list(self.run.key)
        staging = self.step.table.staging(self.run.key)
        with (
            tempfile.TemporaryDirectory(prefix="medallion-clean-") as folder,
            LaterRejects(Path(folder)) as rejects,
            writer_session(self.url, f"filling {staging}") as connection,
        ):
            if find_cleaned_part(connection, parts, self.attempt, part) is not None:
                return
            counts = self._stage(connection, part, rejects, Path(folder))
            if not add_cleaned_part(connection, parts, self.attempt, part, counts):
                connection.rollback()

    def _stage(
        self, connection: Session, part: int, rejects: LaterRejects, folder: Path
    ) -> dict[str, Any]:
        cleaning = CleaningPass(
            step=self.step,
            context=self._context(),
            manifest=self.manifest,
            relations=self.relations,
            rejects=rejects,
            folder=folder,
            left_out=self.left,
            only=frozenset((part,)),
        )
        batches = cleaning.batches()
        for first in batches:
            staging = self.step.table.staging(self.run.key)
            copy_within(connection, staging, first.schema, chain([first], batches))
        rejects.copy_within(connection, self.step.table.rejects(self.run.key))
        return {**cleaning.counts.to_json(), "quarantined": rejects.rows}

    def _context(self) -> StepContext:
        """Of the task, without the ways to its secrets."""
        return StepContext(
            run=self.run,
            task_id=f"{self.step.table.name}.clean",
            try_number=self.try_number,
            project_root=Path(),
            lake_root="",
            warehouse_url=self.url,
            connection=_refuse_connection,
            log=logging.getLogger("medallion.spark"),
        )


def _refuse_connection(conn_id: str) -> ConnectionDetails:
    raise SetupError(f"the connection {conn_id} is not known to Spark's workers")
