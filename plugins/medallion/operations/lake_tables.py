"""Tables of lakes beside a run: brought in step, tidied, and rid of who was erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from medallion.errors import UnknownTable, VersionGone
from medallion.lake.published_as import PublishedAs
from medallion.names import PublishedTable
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import LakeTableStep, LakeTarget, Plan
from medallion.steps.context import StepContext
from medallion.steps.lake_owner import hold_to_warehouse, read_warehouse
from medallion.steps.lake_table import (
    bring_in_step,
    describe_publication,
    open_lake_table,
    read_hash_key,
)
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.versions import open_version
from medallion.warehouse.session.locking import one_lake_writer_at_a_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A table of a lake that is not what readers of the warehouse see.

    Attributes:
        there: what it is; None: it is not there, or somebody else has changed it.
        wanted: what readers of the warehouse see.
    """

    step: LakeTableStep
    there: PublishedAs | None
    wanted: PublishedAs

    def __str__(self) -> str:
        if self.there is None:
            has = "has no version of it, or somebody else has changed it"
        elif self.there.publication_id != self.wanted.publication_id:
            has = f"has version {self.there.version}, published at {self.there.published_at}"
        else:
            has = "has it as it was before rows were taken off it, or their hashes got another key"
        return (
            f"{self.step.table.public}: readers of the warehouse see version "
            f"{self.wanted.version}, published at {self.wanted.published_at}, and "
            f"{self.step.target.location} {has}"
        )


def list_lake_steps(plans: Iterable[Plan]) -> Iterator[LakeTableStep]:
    """What the plans publish to lakes."""
    for plan in plans:
        yield from (task.step for task in plan.tasks if isinstance(task.step, LakeTableStep))


def steps_for(table: PublishedTable, targets: Iterable[LakeTarget]) -> Iterator[LakeTableStep]:
    """The same of one table, without its descriptions: for what writes nothing."""
    return (LakeTableStep(table=table, target=target) for target in targets)


def find_behind(step: LakeTableStep, where: Surroundings) -> Behind | None:
    """What a table of a lake lacks; None: nothing, or the table was never published.

    Raises:
        SetupError, LakeError, LakeUnavailable, WarehouseUnavailable: by who must act.
    """
    context = make_context(step, where)
    lake_table = open_lake_table(step, context)
    with one_lake_writer_at_a_time(where.warehouse_url, step.target.location):
        there, warehouse = lake_table.read(), read_warehouse(where.warehouse_url)
        hold_to_warehouse(there, warehouse, step, where.lake_root)
        hash_key = read_hash_key(where.warehouse_url, step.table)
        try:
            with open_version(where.warehouse_url, step.table, Pin()) as version:
                wanted = describe_publication(version.lineage, hash_key, warehouse)
        except (UnknownTable, VersionGone):
            return None
    return None if there == wanted else Behind(step=step, there=there, wanted=wanted)


def catch_up(step: LakeTableStep, where: Surroundings) -> bool:
    """Bring a table of a lake in step with the warehouse; whether it was behind.

    Raises:
        DataRejected, SetupError, LakeError, LakeUnavailable, WarehouseUnavailable: by who must act.
    """
    context = make_context(step, where)
    try:
        return bring_in_step(step, open_lake_table(step, context), context)[1]
    except (UnknownTable, VersionGone):  # it was never published
        return False


def tidy(step: LakeTableStep, where: Surroundings, *, dry_run: bool) -> int:
    """Delete the files that only versions older than the retention need; how many.

    Raises:
        as `catch_up`.
    """
    lake_table = open_lake_table(step, make_context(step, where))
    with one_lake_writer_at_a_time(where.warehouse_url, step.target.location):
        there = lake_table.read()  # which refuses what is not ours
        hold_to_warehouse(there, read_warehouse(where.warehouse_url), step, where.lake_root)
        return lake_table.tidy(step.target.retention, dry_run=dry_run)


def forget_former_versions(step: LakeTableStep, where: Surroundings) -> None:
    """Write a table once more as the warehouse has it now, and delete every trace of what it was.

    Raises:
        as `catch_up`.
    """
    context = make_context(step, where)
    with suppress(UnknownTable, VersionGone):  # it was never published
        bring_in_step(step, open_lake_table(step, context), context, again=True)


def make_context(step: LakeTableStep, where: Surroundings) -> StepContext:
    """What the step's own code is given beside a run."""
    task_id = f"{step.table.name}.publish_{step.target.format}"
    return where.make_context("medallion.lake", "lake", task_id)
