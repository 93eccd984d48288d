"""Land: the source's own bytes into bronze, whole or not at all.

The manifest is written last. A task that was killed leaves parts without a manifest: the next try
removes them, or resumes from the source's journal.
"""

from __future__ import annotations

from medallion.lake.filesystems import open_storage
from medallion.lake.landing import LandingPlace, LandingWriter
from medallion.lake.manifest import Manifest
from medallion.lake.storage import room_of
from medallion.names import PublishedTable
from medallion.plan.model import LandStep
from medallion.sources.base.file_memory import FileMemory
from medallion.sources.base.source import ExtractRequest
from medallion.sources.database.postgres import identity_of
from medallion.sources.formats.column_looks import NOTE
from medallion.steps.context import StepContext, StepResult
from medallion.steps.domain.reach import connections_of, files_of
from medallion.steps.land.changed_places import find_doubts
from medallion.steps.land.cursor_range import cursor_range
from medallion.steps.land.report import describe_landing
from medallion.steps.land.stream_range import find_stream_range
from medallion.warehouse.registry import landed_files
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.request_budget import RequestBudgets
from medallion.warehouse.session.transaction import Session, session


def run(step: LandStep, context: StepContext) -> StepResult:
    """Extract into the run's landing folder, and record the landing.

    Raises:
        SourceUnavailable: the source does not answer. Retried.
        SourceRefused: the source refuses, or sends what cannot be read.
        LakeUnavailable: the lake's disk is full or cannot be reached. Retried.
    """
    table, run = step.table, context.run
    with session(context.warehouse_url, f"opening the landing of {table.name}") as opened:
        load_id = registry.open_load(opened, run, table)
        cursor = cursor_range(opened, step, context)
        stream = find_stream_range(opened, step, context)
        files = _file_memory(opened, step, context)
        warehouse = identity_of(opened)
    warn_of_full_disk(context)
    landing = LandingWriter(place_of(context, table, load_id), context.log)
    with RequestBudgets(context.warehouse_url, context.log) as budgets:
        request = ExtractRequest(
            dataset=table.name,
            run=run,
            project_root=context.project_root,
            reach=files_of(table.domain, context),
            connection=connections_of(table.domain, context),
            log=context.log,
            cursor=cursor,
            stream=stream,
            throttle=budgets,
            storage=open_storage,
            database=context.database,
            files=files,
            shows_values=step.shows_values,
            warehouse=warehouse,
            first=context.first,
        )
        manifest = _extract(step, request, landing)
    _close(manifest, table, context)
    for line in describe_landing(step, run, manifest, cursor):
        context.log.info("%s", line)
    return StepResult(
        rows_in=manifest.records,
        rows_out=manifest.records,
        reference=manifest.uri,
        details={
            "load_id": load_id,
            "parts": len(manifest.parts),
            "bytes": manifest.bytes,
            **{key: value for key, value in manifest.notes.items() if key != NOTE},
        },
    )


def _close(manifest: Manifest, table: PublishedTable, context: StepContext) -> None:
    """Record the landing, and warn of what speaks against it beside the one before."""
    with session(context.warehouse_url, f"closing the landing of {table.name}") as closing:
        registry.close_load(closing, manifest)
        for doubt in find_doubts(closing, table, manifest):
            context.log.warning("%s", doubt)


def warn_of_full_disk(context: StepContext) -> None:
    """Log a warning while there is still room: landing fails only when the disk is full."""
    room = room_of(context.lake_root)
    if room and room.is_low:
        context.log.warning("%s: make room before the lake is full", room)


def _extract(step: LandStep, request: ExtractRequest, landing: LandingWriter) -> Manifest:
    """All of it, or nothing that lies about: the run may not be tried again."""
    try:
        layout = step.source.extract(request, landing)
        return landing.finish(layout, step.source.describe())
    except BaseException:
        landing.abandon()
        raise


def _file_memory(connection: Session, step: LandStep, context: StepContext) -> FileMemory:
    """What was published before; nothing where all is wanted."""
    if context.full_refresh or not step.source.lands_only_new():
        return FileMemory()
    return landed_files.memory_of(connection, context.run, step.table, backfill=context.backfill)


def place_of(context: StepContext, table: PublishedTable, load_id: int) -> LandingPlace:
    """The lake folder in which this run lands a dataset; the same at each try."""
    return LandingPlace(
        lake_root=context.lake_root,
        domain=table.domain,
        dataset=table.name,
        run=context.run,
        load_id=load_id,
    )
