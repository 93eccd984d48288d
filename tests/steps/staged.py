"""A run as it stands before its publish step: landed, staged and recorded, without the steps."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql

from medallion.lake.manifest import Manifest, PartInfo
from medallion.names import Layer, PublishedTable
from medallion.plan.model import PublishStep
from medallion.publish.declaration import GuardSpec
from medallion.publish.dispositions import DISPOSITIONS
from medallion.publish.relations import identifier
from medallion.records import RecordLayout
from medallion.run import Run as RunValue
from medallion.steps.context import StepContext
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.accounting import CONFLICTING, maker_of
from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.schemas import ensure_schemas

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
READINGS = PublishedTable(layer=Layer.SILVER, domain="lab", name="readings")

REPLACE = PublishStep(
    table=READINGS,
    write_disposition=DISPOSITIONS["replace"],
    primary_key=("id",),
    guard=GuardSpec(),
    keep_versions=3,
    grants=(),
    description="What the sensors said.",
    column_descriptions={"value": "In degrees."},
)
MERGE = replace(REPLACE, write_disposition=DISPOSITIONS["merge"])
SCD2 = replace(REPLACE, write_disposition=DISPOSITIONS["scd2"])
APPEND = replace(REPLACE, write_disposition=DISPOSITIONS["append"])


@dataclass(frozen=True, kw_only=True)
class Run:
    """One day's run of one DAG on one warehouse."""

    url: str
    day: int
    run_id: str = ""
    table: PublishedTable = READINGS

    def context(self) -> StepContext:
        """As the publish task would have it."""
        start = FIRST_DAY + timedelta(days=self.day)
        return StepContext(
            run=RunValue(
                dag_id="lab.sensors",
                run_id=self.run_id or f"scheduled__{start:%Y-%m-%d}",
                interval_start=start,
                interval_end=start + timedelta(days=1),
                spec_digest="digest",
            ),
            task_id=f"{self.table.name}.publish",
            try_number=1,
            project_root=Path(),
            lake_root="",
            warehouse_url=self.url,
            connection={}.__getitem__,
            log=logging.getLogger("test"),
        )

    def stage(
        self,
        rows: Sequence[tuple[object, ...]],
        *,
        columns: str = "id bigint, value text",
        quarantined: int = 0,
        deduplicated: int = 0,
        conflicting: int = 0,
        unlogged: bool = False,
        notes: Mapping[str, object] | None = None,
    ) -> None:
        """Land, clean and gate, as far as the publish step sees of it. `notes`: of the landing."""
        context = self.context()
        run = context.run
        staging = identifier(self.table.staging(context.run_key))
        with connect(self.url) as connection:
            registry.ensure(connection)
            ensure_schemas(connection, self.table)
            load_id = registry.open_load(connection, run, self.table)
            registry.close_load(connection, self._manifest(load_id, len(rows), notes))
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(staging))
            connection.execute(
                sql.SQL(
                    "CREATE {} TABLE {} ({}, _load_id bigint, _bronze_part integer,"
                    " _bronze_record bigint)"
                ).format(sql.SQL("UNLOGGED" if unlogged else ""), staging, sql.SQL(columns))
            )
            marks = sql.SQL(", ").join([sql.Placeholder()] * (len(rows[0]) + 3 if rows else 0))
            with connection.cursor() as cursor:
                cursor.executemany(
                    sql.SQL("INSERT INTO {} VALUES ({})").format(staging, marks),
                    [(*row, load_id, 0, number) for number, row in enumerate(rows, start=1)],
                )
            connection.execute(sql.SQL("CREATE UNIQUE INDEX ON {} (id)").format(staging))
            registry.record_task(
                connection, run, self._cleaned(len(rows), quarantined, deduplicated, conflicting)
            )

    def _manifest(self, load_id: int, records: int, notes: Mapping[str, object] | None) -> Manifest:
        return Manifest(
            uri=f"/lake/{self.table.name}",
            run=self.context().run,
            dataset=self.table.name,
            load_id=load_id,
            extracted_at=datetime.now(UTC),
            source={"type": "file"},
            layout=RecordLayout(format="csv"),
            parts=(PartInfo(name="a.csv", sha256=f"{self.day:064d}", bytes=1, records=records),),
            notes=notes or {},
        )

    def _cleaned(
        self, staged: int, quarantined: int, deduplicated: int, conflicting: int
    ) -> registry.TaskRecord:
        now = datetime.now(UTC)
        return registry.TaskRecord(
            task_id=maker_of(self.table),
            try_number=1,
            step="clean",
            status="success",
            started_at=now,
            finished_at=now,
            rows_in=staged + quarantined + deduplicated,
            rows_out=staged,
            rows_quarantined=quarantined,
            rows_deduplicated=deduplicated,
            details={CONFLICTING: conflicting},
        )


def query(url: str, text: str) -> list[tuple[object, ...]]:
    """Ask the warehouse."""
    with psycopg.connect(url) as connection:
        return connection.execute(sql.SQL(text)).fetchall()
