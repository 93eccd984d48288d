"""The driver's side: hands the parts of a landing out, and adds up what the workers have done."""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.errors import ClusterUnavailable, SetupError
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.storage import lake_path
from medallion.plan.model import CleanStep
from medallion.prose import tally
from medallion.steps.clean.counts import Counts
from medallion.steps.clean.filling import Filled, hold_types
from medallion.steps.clean.left_out import LeftOut, hold_to_left_out
from medallion.steps.clean.spark.task import COLUMNS, ERROR, CleanParts
from medallion.steps.context import StepContext
from medallion.steps.spark.session import SparkPlace, find_spark, open_spark
from medallion.steps.spark.workers import describe_failure, read_error
from medallion.warehouse.roles.staging_writer import WriterRights, end_writer, start_writer
from medallion.warehouse.session.transaction import session
from medallion.warehouse.tables.arrow_copy import create_new
from medallion.warehouse.tables.cleaned_parts import create_cleaned_parts, list_cleaned_parts
from medallion.warehouse.tables.staging import NewStaging, drop

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST = timedelta(days=1)
"""How long workers may log in where the task has no limit."""


class OnSpark:
    """The way of an engine that is a cluster (`filling.Way`)."""

    def end_former_try(self, step: CleanStep, context: StepContext) -> None:
        """Workers whose driver was killed may still be at it: their role goes, and their sessions.

        Raises:
            SetupError: the loader may not do this.
        """
        end_writer(context.warehouse_url, step.table.staging(context.run_key))

    def fill(
        self,
        step: CleanStep,
        context: StepContext,
        manifest: Manifest,
        relations: Mapping[str, pa.Table],
        left: LeftOut,
        staging: NewStaging,
    ) -> Filled:
        """All parts, in any order: a row says by its provenance where it comes from.

        Raises:
            DataRejected, LakeError, WarehouseUnavailable, WarehouseRefused, SetupError: by who must
                act; what a worker met is raised here.
            ClusterUnavailable: Spark does not answer, or lost a worker too often.
        """
        create_new(context.warehouse_url, staging)
        _hold_lake(manifest)
        place = find_spark(context.connection)
        groups = share_out(manifest.parts, place.streams)
        make_job = partial(CleanParts, step=step, manifest=manifest, relations=relations, left=left)
        found = _clean(place, groups, make_job, step, context) if groups else {}
        if missing := [n for n in range(len(manifest.parts)) if n not in found]:
            raise ClusterUnavailable(
                f"Spark says that it is done, and {tally(len(missing), 'part')} of "
                f"{len(manifest.parts)} were not staged",
                remedy="clear the task; nothing was published",
            )
        counts = Counts()
        for one in found.values():
            counts.add_part(one)
        quarantined = sum(one["quarantined"] for one in found.values())
        filled = Filled(step=step, context=context, counts=counts, quarantined=quarantined)
        hold_types(filled)
        hold_to_left_out(left, counts.left_out, step)
        return filled


def share_out(parts: Sequence[PartInfo], streams: int) -> tuple[tuple[int, ...], ...]:
    """The numbers of the parts for each stream: about the same number of bytes, the largest first.

    >>> sized = [PartInfo(name="", sha256="", bytes=n, records=0) for n in (1, 5, 2, 3)]
    >>> share_out(sized, 2)
    ((1, 0), (3, 2))
    """
    loads = [(0, stream) for stream in range(min(streams, len(parts)))]
    groups: list[list[int]] = [[] for _ in loads]
    for number in sorted(range(len(parts)), key=lambda n: -parts[n].bytes):
        load, stream = heapq.heappop(loads)
        groups[stream].append(number)
        heapq.heappush(loads, (load + parts[number].bytes, stream))
    return tuple(map(tuple, groups))


def _hold_lake(manifest: Manifest) -> None:
    if not isinstance(lake_path(manifest.uri), Path):
        raise SetupError(
            f"Spark's workers read the lake as a folder, and this one is {manifest.uri}",
            remedy="mount it where Airflow and Spark see it at the same path, or clean with "
            "`engine: duckdb`",
        )


def _clean(
    place: SparkPlace,
    groups: tuple[tuple[int, ...], ...],
    make_job: Callable[..., CleanParts],
    step: CleanStep,
    context: StepContext,
) -> dict[int, dict[str, Any]]:
    """The counts of each part, once all are staged. `make_job` lacks what only this try knows."""
    attempt = secrets.token_hex(16)
    with (
        open_spark(place, f"medallion {step.table.public}") as spark,
        _writer(step, context, attempt, len(groups)) as url,
    ):
        job = make_job(
            run=context.run,
            try_number=context.try_number,
            url=url,
            attempt=attempt,
            groups=groups,
        )
        context.log.info(
            "%s: %s in %s on Spark at %s",
            step.table.public,
            tally(sum(map(len, groups)), "part"),
            tally(len(groups), "stream"),
            place.shown,
        )
        for error in _run(spark, job):
            raise read_error(error)
    return _take_counts(step, context)


@contextmanager
def _writer(step: CleanStep, context: StepContext, attempt: str, streams: int) -> Iterator[str]:
    """The URL that the workers fill the run's tables by, for as long as the block lasts."""
    staging = step.table.staging(context.run_key)
    parts = step.table.part_list(context.run_key)
    with session(context.warehouse_url, f"preparing {parts}") as connection:
        create_cleaned_parts(connection, parts, attempt)
    rights = WriterRights(
        staging=staging,
        adds_to=(staging, step.table.rejects(context.run_key), parts),
        reads=(parts,),
        # A worker that is slow may be given to another one, which takes its place.
        sessions=2 * streams,
        valid=context.time_limit or LONGEST,
    )
    url = start_writer(context.warehouse_url, rights)
    try:
        yield url
    finally:
        end_writer(context.warehouse_url, staging)


def _run(spark: Any, job: CleanParts) -> list[str]:
    """The errors that the workers have met, in the order of the parts. A stream is a task of
    Spark, so no more are copied at once than there are streams."""
    streams = len(job.groups)
    try:
        rows = spark.range(0, streams, 1, streams).mapInArrow(job, COLUMNS).collect()
    except Exception as error:
        raise describe_failure(error, "clean the parts") from None
    return [row[ERROR] for row in sorted(rows) if row[ERROR] is not None]


def _take_counts(step: CleanStep, context: StepContext) -> dict[int, dict[str, Any]]:
    parts = step.table.part_list(context.run_key)
    with session(context.warehouse_url, f"reading {parts}") as connection:
        found = list_cleaned_parts(connection, parts)
        drop(connection, [parts])
    return found
