"""A landing made by hand: for tests of the steps that read one."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from medallion.cleaning.declared.columns import ColumnSpec
from medallion.lake.landing import LandingWriter
from medallion.lake.manifest import Manifest
from medallion.names import Layer, PublishedTable
from medallion.plan.model import CleanStep, CustomStep, LookupTable
from medallion.records import RecordLayout
from medallion.run import Run
from medallion.steps.context import StepContext
from medallion.steps.land.step import place_of
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.connection import connect

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
FILMS = PublishedTable(layer=Layer.SILVER, domain="cinema", name="films")


def context(url: str, lake: Path, *, run_id: str = "manual__1") -> StepContext:
    return StepContext(
        run=Run(
            dag_id="cinema.test",
            run_id=run_id,
            interval_start=START,
            interval_end=END,
            spec_digest="0" * 64,
        ),
        task_id="films.clean",
        try_number=1,
        project_root=lake,
        lake_root=str(lake),
        warehouse_url=url,
        connection={}.__getitem__,
        log=logging.getLogger("medallion.test"),
    )


def land(
    context: StepContext,
    layout: RecordLayout,
    parts: Sequence[tuple[bytes, int]],
    table: PublishedTable = FILMS,
) -> Manifest:
    """Parts (bytes, and how many records the manifest counts) as the land step leaves them."""
    run = context.run
    with connect(context.warehouse_url) as connection:
        registry.ensure(connection)
        load_id = registry.open_load(connection, run, table)
    writer = LandingWriter(place_of(context, table, load_id), context.log)
    for number, (data, records) in enumerate(parts):
        body = gzip.compress(data) if layout.compression == "gzip" else data
        with writer.part(f"part-{number}") as part:
            part.write(body)
            part.count(records)
    manifest = writer.finish(layout, {"type": "test"})
    with connect(context.warehouse_url) as connection:
        registry.close_load(connection, manifest)
    return manifest


def clean_step(
    columns: Mapping[str, Mapping[str, object]],
    *,
    primary_key: tuple[str, ...] = (),
    lookups: tuple[LookupTable, ...] = (),
    logged: bool = True,
    row_filter: str | None = None,
    order_by: tuple[tuple[str, bool], ...] = (),
    custom: CustomStep | None = None,
) -> CleanStep:
    return CleanStep(
        table=FILMS,
        columns={name: ColumnSpec.model_validate(spec) for name, spec in columns.items()},
        primary_key=primary_key,
        lookups=lookups,
        logged=logged,
        row_filter=row_filter,
        pii_conn_id="pii_default",
        order_by=order_by,
        custom=custom,
    )
