"""A project whose tables are published to a lake, and what lakes' own readers find there."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from tests.steps.kill_matrix_child import PlanRun

from medallion.airflow.loader import plan_of
from medallion.operations.surroundings import Surroundings
from medallion.plan.model import LakeTableStep
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.context import StepResult
from medallion.steps.run import run_step

SPEC = """\
description: Readings, and what is made of them, in the warehouse and in a lake.
datasets:
  readings:
    description: One row per reading.
    source: {type: file, format: csv, path: include/data/lab/readings.csv}
    silver:
      primary_key: [reading_id]
      write_disposition: merge
      guard: {max_shrink_percent: null, min_rows: 0}
      publish_to: [{format: delta, location: "LAKE/readings"}]
      columns:
        reading_id: {type: bigint}
        sensor: {type: text, nullable: true, description: Which one.}
        value: {type: "decimal(8,2)", nullable: true}
        at: {type: timestamptz, nullable: true}
        seen: {type: timestamp, nullable: true}
        day: {type: date, nullable: true}
        ok: {type: boolean, nullable: true}
        tags: {type: "text[]", nullable: true}
gold:
  sensors:
    description: What each sensor has measured.
    sql: sensors.sql
    primary_key: [sensor]
    guard: {max_shrink_percent: null, min_rows: 0}
    publish_to: [{format: delta, location: "LAKE/sensors"}]
"""
SENSORS = (
    "select sensor, count(*) as readings, sum(value)::numeric(18,2) as total,"
    " null::integer as never from silver_lab.readings where sensor is not null group by 1"
)
DAYS = (
    "reading_id,sensor,value,at,seen,day,ok,tags\n"
    '1,a,1.50,2026-01-01T00:00:00.123456Z,2026-01-01T12:00:00,2026-01-01,true,"[""x"",""y""]"\n'
    "2,b,-0.01,1969-12-31T23:59:59Z,0001-01-01T00:00:00,0001-01-01,false,\n"
    "3,,,,,,,\n",
    "reading_id,sensor,value,at,seen,day,ok,tags\n"
    "3,é 'quoted' ; ☃,999999.99,9999-12-31T23:59:59Z,,9999-12-31,,[]\n"
    "4,a,2.00,,,,,\n",
)


@dataclass(frozen=True, kw_only=True)
class Lab:
    """The project, its warehouse, and a folder or container as its lake."""

    root: Path
    url: str
    lake: str
    spec: str = SPEC
    sql: str = SENSORS
    connections: dict[str, ConnectionDetails] = field(default_factory=dict)

    def write(self, *, allowed: str = "") -> Lab:
        for folder in ("specs/lab", "include/sql/lab", "include/data/lab"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        access = f"lakes: {{lab: ['{allowed or self.lake}']}}\n"
        (self.root / "specs/access.yaml").write_text(access)
        (self.root / "specs/lab/lab.yaml").write_text(self.spec.replace("LAKE", self.lake))
        (self.root / "include/sql/lab/sensors.sql").write_text(self.sql)
        return self

    def deliver(self, text: str) -> None:
        (self.root / "include/data/lab/readings.csv").write_text(text)

    def plan_run(self, day: int) -> PlanRun:
        return PlanRun(
            plan=plan_of("lab.lab", self.root),
            run_id=f"scheduled__2026-01-{day + 1:02d}",
            interval_end=datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=day),
            project_root=self.root,
            lake_root=self.root / "bronze",
            warehouse_url=self.url,
            connections=self.connections,
        )

    def day(self, day: int, *, to_lake: bool = True) -> None:
        """The run of a day, in the plan's order."""
        self.deliver(DAYS[day])
        run = self.plan_run(day)
        for task in run.plan.tasks:
            if to_lake or not isinstance(task.step, LakeTableStep):
                run_step(task.step, run.context(task.task_id))

    def publish(self, task_id: str, day: int = 0) -> StepResult:
        """One task of the run of a day."""
        run = self.plan_run(day)
        step = next(task.step for task in run.plan.tasks if task.task_id == task_id)
        return run_step(step, run.context(task_id))

    def surroundings(self) -> Surroundings:
        return Surroundings(
            project_root=self.root,
            lake_root=str(self.root / "bronze"),
            warehouse_url=self.url,
            connection=self.connections.__getitem__,
            log=logging.getLogger("medallion"),
        )

    def folder(self, name: str) -> Path:
        return Path(self.lake.removeprefix("file://")) / name


def read_with_duckdb(table: DeltaTable, order: str) -> list[tuple[object, ...]]:
    """The rows as DuckDB has them, over Arrow."""
    rows = pa.RecordBatchReader.from_stream(table.scan())
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("lake_rows", rows)
        found = connection.sql(f"select * from lake_rows order by {order}").to_arrow_table()
    return [tuple(row.values()) for row in found.to_pylist()]
