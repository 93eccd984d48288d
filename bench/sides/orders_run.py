"""The run that the sides of Medallion belong to: its context, its table, its steps."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.orders import COLUMNS
from bench.warehouse import url
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.types import parse_type
from medallion.names import Layer, PublishedTable
from medallion.plan.model import CleanStep
from medallion.run import Run
from medallion.sources.file.source import FileSource
from medallion.steps.context import StepContext
from medallion.warehouse.registry.records import TaskRecord
from medallion.warehouse.tables.staging import StagingColumn, provenance

ORDERS = PublishedTable(layer=Layer.SILVER, domain="bench", name="orders")


def context(given: dict[str, Any], task_id: str) -> StepContext:
    """The surroundings that Airflow would hand a step."""
    return StepContext(
        run=Run(
            dag_id="bench.orders",
            run_id=given["run_id"],
            interval_start=datetime(2026, 1, 1, tzinfo=UTC),
            interval_end=datetime(2026, 1, 2, tzinfo=UTC),
            spec_digest="0" * 64,
        ),
        task_id=task_id,
        try_number=1,
        project_root=Path(given["folder"]),
        lake_root=given["lake"],
        warehouse_url=url(),
        connection={}.__getitem__,
        log=logging.getLogger("medallion"),
    )


def source(given: dict[str, Any]) -> FileSource:
    """The untidy CSV."""
    return FileSource(type="file", path=given["file"])


def clean_step(given: dict[str, Any]) -> CleanStep:
    """The cleaning that the spec of the orders asks for."""
    return CleanStep(
        table=ORDERS,
        columns={name: ColumnSpec.model_validate(spec) for name, spec in COLUMNS.items()},
        primary_key=primary_key(given),
        logged=given["logged"],
    )


def cleaned(rows: int) -> TaskRecord:
    """What the registry keeps of a clean task that left so many rows, as gate and publish ask."""
    now = datetime.now(UTC)
    return TaskRecord(
        task_id="orders.clean", try_number=1, step="clean", status="success", started_at=now,
        finished_at=now, rows_in=rows, rows_out=rows, rows_quarantined=0, rows_deduplicated=0,
    )  # fmt: skip


def primary_key(given: dict[str, Any]) -> tuple[str, ...]:
    """With or without one."""
    return ("order_id",) if given["keyed"] else ()


def staging_columns(given: dict[str, Any]) -> list[StagingColumn]:
    """The columns of the staging table, for whoever fills one without Medallion."""
    own = [
        StagingColumn(
            name=name,
            pg_type=parse_type(str(spec["type"])).postgres,
            nullable=bool(spec.get("nullable", False)),
        )
        for name, spec in COLUMNS.items()
    ]
    return [*own, *provenance(1)]
