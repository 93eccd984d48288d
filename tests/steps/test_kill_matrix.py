"""kill -9 inside each step, at its start, in its middle and at its end; then run it again.

The final tables, quarantine and counts must be those of a run that nobody disturbed.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from deltalake import DeltaTable
from psycopg import sql
from pyiceberg.table import StaticTable
from tests.kafka_broker import Broker
from tests.steps.kill_matrix_child import NEVER, PlanRun, run_task

from medallion.airflow.loader import plan_of
from medallion.plan.model import LakeTableStep, Plan, Step
from medallion.sources.base.source import ConnectionDetails
from medallion.steps.preload import GATE
from medallion.steps.preload import STEPS as STEPS_MODULES

pytestmark = pytest.mark.slow

SPEC = """\
description: A way to publish, rows to quarantine at both doors, duplicates, and a pair of gold.
datasets:
  readings:
    source: {type: file, format: csv, path: include/data/lab/readings.csv}
    silver:
      primary_key: [reading_id]
      write_disposition: WRITE_DISPOSITION
      columns:
        reading_id: {type: bigint}
        sensor: {type: text, clean: [trim]}
        value: {type: "decimal(8,2)"}
      checks:
        - between: {column: value, min_value: 0, on_failure: quarantine}
gold:
  sensors:
    sql: sensors.sql
    primary_key: [sensor]
    checks:
      - not_null: {column: sensor}
  extremes:
    sql: extremes.sql
publish_together: [[sensors, extremes]]
"""
EXTREMES = "select min(value) as least, max(value) as most from silver_lab.readings"
SQL = "select sensor, count(*) as readings, sum(value) as total from silver_lab.readings group by 1"
ROWS = 3000
IN_LAKE = (
    SPEC.replace("WRITE_DISPOSITION", "merge")
    .replace(
        "      columns:\n",
        "      publish_to: [{format: FORMAT, location: 'LAKE/readings'}]\n      columns:\n",
    )
    .replace(
        "    checks:\n      - not_null",
        "    publish_to: [{format: FORMAT, location: 'LAKE/sensors'}]\n"
        "    checks:\n      - not_null",
    )
    .replace("sensors.sql", "sensors_of_lake.sql")
)
"""What is published to a lake as well."""
SQL_OF_LAKE = (
    "select sensor, count(*) as readings, sum(value)::numeric(18,2) as total"
    " from silver_lab.readings group by 1"
)
STEPS = (
    "readings.land",
    "readings.gate_bronze",
    "readings.clean",
    "readings.gate_silver",
    "readings.publish",
    "readings.publish_delta",
    "readings.publish_iceberg",
    "sensors.build",
    "sensors.gate",
    "extremes.build",
    "extremes.gate",
    "sensors.publish",
    "extremes.publish",
    "sensors.publish_delta",
    "sensors.publish_iceberg",
)
"""Of those the ones that the plan has: `publish_delta` and `publish_iceberg` are for a lake."""
MOMENTS = (0.15, 0.6, 0.95)
"""When to kill, as parts of the calls that the step makes when it is left alone."""
MOMENTS_OF_ALL = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.99)
"""The same of a continuous pipeline's task, which has all steps of a table and begins again with
the landing."""

FINAL_STATE = {
    "silver": "select reading_id, sensor, value, _bronze_part, _bronze_record"
    " from silver_lab.readings order by 1, _bronze_part, _bronze_record",
    "gold": "select * from gold_lab.sensors, gold_lab.extremes order by 1",
    "quarantine": "select stage, reasons, record, _bronze_record"
    " from quarantine_silver_lab.readings order by _bronze_record, stage",
    "publications": "select table_name, rows_read, rows_published, rows_quarantined,"
    " rows_deduplicated, is_current from medallion.publications"
    " where is_current order by layer, table_name",
    "gates": "select table_name, check_id, status, rows_checked, rows_failed"
    " from medallion.gate_results order by layer, table_name, check_id",
    "offsets": "select value_before, value_after from medallion.cursor_moves order by move_id",
    "partitions": "select relname, pg_get_expr(relpartbound, oid) from pg_class"
    " where relispartition and relkind = 'r' order by 1",
    "staging left over": "select count(*) from pg_tables where schemaname like 'staging_%'",
}


def lines() -> str:
    """Good rows, rows that cannot be cast, rows that a check refuses, and duplicates."""
    rows = ["reading_id,sensor,value"]
    for number in range(ROWS):
        value = "none" if number % 97 == 0 else "-1" if number % 89 == 0 else f"{number}.25"
        rows.append(f"{number}, s{number % 7} ,{value}")
    rows += [f"{number},again,1.00" for number in range(10, 20)]
    return "\n".join(rows) + "\n"


IN_PARTITIONS = (
    SPEC.replace("WRITE_DISPOSITION", "append")
    .replace("[reading_id]", "[reading_id, day]")
    .replace(
        "      columns:\n",
        "      partition_by: {column: day, by: week}\n      columns:\n"
        "        day:\n          type: date\n"
        "          expression: date '2026-01-01' + cast(reading_id % 30 as integer)\n",
    )
)


def fill_topic(broker: Broker) -> str:
    """The same rows as messages of two partitions; some cannot be read."""
    topic = broker.make_topic(2)
    messages: list[dict[str, Any]] = []
    for at, line in enumerate(lines().splitlines()[1:]):
        number, sensor, value = line.split(",")
        body = json.dumps({"reading_id": int(number), "sensor": sensor, "value": value}).encode()
        body = body[:-1] if at % 83 == 0 else body
        messages.append({"value": body, "key": number.encode(), "partition": at % 2})
    broker.write(topic, messages)
    return topic


@pytest.fixture
def topic_spec(kafka_broker: Broker) -> str:
    """The spec of a topic, whose offsets must not move with a run that is killed."""
    source = f"{{type: kafka, conn_id: broker, topic: {fill_topic(kafka_broker)}}}"
    file = "{type: file, format: csv, path: include/data/lab/readings.csv}"
    return SPEC.replace("WRITE_DISPOSITION", "append").replace(file, source)


IN_LAKES = ("delta", "iceberg")


@pytest.fixture(
    params=[
        *("replace", "merge", "append", "scd2", "partitions", "kafka", "continuous"),
        *IN_LAKES,
    ]
)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for folder in ("specs/lab", "include/sql/lab", "include/data/lab"):
        (tmp_path / folder).mkdir(parents=True)
    spec = SPEC.replace("WRITE_DISPOSITION", request.param)
    if request.param == "partitions":
        spec = IN_PARTITIONS
    if request.param in ("kafka", "continuous"):
        spec = request.getfixturevalue("topic_spec")
    if request.param in IN_LAKES:
        spec = IN_LAKE.replace("LAKE", f"file://{tmp_path}_lakes/quiet_lake")
        spec = spec.replace("FORMAT", request.param)
        (tmp_path / "specs/access.yaml").write_text(
            f"lakes: {{lab: ['file://{tmp_path}_lakes']}}\n"
        )
        (tmp_path / "include/sql/lab/sensors_of_lake.sql").write_text(SQL_OF_LAKE)
    if request.param == "continuous":
        spec = f'schedule: "@continuous"\n{spec}'
    (tmp_path / "specs/lab/sensors.yaml").write_text(spec)
    (tmp_path / "include/sql/lab/sensors.sql").write_text(SQL)
    (tmp_path / "include/sql/lab/extremes.sql").write_text(EXTREMES)
    (tmp_path / "include/data/lab/readings.csv").write_text(lines())
    return tmp_path


@pytest.fixture(scope="module")
def processes() -> multiprocessing.context.ForkServerContext:
    """Each step in a fresh process, forked from one that has already imported what is heavy."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.steps.kill_matrix_child", *GATE, *STEPS_MODULES])
    return context


def plan_run(
    project: Path,
    url: str,
    lake: str,
    connections: Mapping[str, ConnectionDetails] | None = None,
) -> PlanRun:
    return PlanRun(
        plan=in_own_lake(plan_of("lab.sensors", project), f"{lake}_lake"),
        run_id="scheduled__2026-01-01",
        interval_end=datetime(2026, 1, 2, tzinfo=UTC),
        project_root=project,
        lake_root=project / lake,
        warehouse_url=url,
        connections=connections or {},
    )


def in_own_lake(plan: Plan, name: str) -> Plan:
    """The plan, whose lake tables are in a folder of its own."""

    def place(step: Step) -> Step:
        if not isinstance(step, LakeTableStep):
            return step
        location = step.target.location.replace("quiet_lake", name)
        return replace(step, target=replace(step.target, location=location))

    return replace(plan, tasks=tuple(replace(one, step=place(one.step)) for one in plan.tasks))


def lake_state(run: PlanRun) -> dict[str, object]:
    """What the lake's readers find: rows, and which publications were written, each once."""
    found: dict[str, object] = {}
    for task in run.plan.tasks:
        if isinstance(task.step, LakeTableStep):
            folder = task.step.target.location.removeprefix("file://")
            read = read_delta if task.step.target.format == "delta" else read_iceberg
            found[task.task_id] = read(folder)
    return found


def read_delta(folder: str) -> tuple[list[str], list[tuple[int, int]]]:
    table = DeltaTable(folder)
    rows = sorted(map(str, table.to_pyarrow_table().to_pylist()))
    said = [commit["medallion"] for commit in table.history()]
    return rows, [(one["version"], one["rows"]) for one in said]


def read_iceberg(folder: str) -> tuple[list[str], list[tuple[int, int]]]:
    table = StaticTable.from_metadata(folder)
    rows = sorted(map(str, table.scan().to_arrow().to_pylist()))
    said = [snapshot.summary for snapshot in table.metadata.snapshots if snapshot.summary]
    return rows, [(int(one["medallion.version"]), int(one["medallion.rows"])) for one in said]


def in_child(
    processes: multiprocessing.context.ForkServerContext,
    target: Callable[..., object],
    *args: object,
) -> int | None:
    child = processes.Process(target=target, args=args)
    child.start()
    child.join(120)
    return child.exitcode


def counted(queue: multiprocessing.Queue[int], run: PlanRun, task_id: str) -> None:
    queue.put(run_task(run, task_id))


def final_state(url: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(url) as connection:
        return {
            name: connection.execute(sql.SQL(query)).fetchall()
            for name, query in FINAL_STATE.items()
        }


def test_a_step_that_is_killed_and_run_again_ends_as_if_nothing_had_happened(
    project: Path,
    processes: multiprocessing.context.ForkServerContext,
    warehouse_db: str,
    second_warehouse_db: str,
    kafka_broker: Broker,
) -> None:
    connections = {"broker": kafka_broker.connection()}
    quiet = plan_run(project, warehouse_db, "quiet", connections)
    disturbed = plan_run(project, second_warehouse_db, "disturbed", connections)
    queue: multiprocessing.Queue[int] = processes.Queue()
    steps_of = {steps[-1].task_id: len(steps) for steps in quiet.plan.airflow_tasks()}
    assert set(steps_of) <= set(STEPS)
    for task_id in (one for one in STEPS if one in steps_of):
        moments = MOMENTS_OF_ALL if steps_of[task_id] > 1 else MOMENTS
        assert in_child(processes, counted, queue, quiet, task_id) == 0
        calls = queue.get(timeout=10)
        exits = [
            in_child(processes, run_task, disturbed, task_id, max(1, round(calls * moment)))
            for moment in moments
        ]
        # A try after one that was killed behind its commit has less to do: it may end well.
        assert exits[0] == -signal.SIGKILL, f"{task_id} was not killed"
        assert set(exits) <= {-signal.SIGKILL, 0}, f"{task_id} failed: {exits}"
        assert in_child(processes, run_task, disturbed, task_id, NEVER) == 0
    assert final_state(second_warehouse_db) == final_state(warehouse_db)
    assert lake_state(disturbed) == lake_state(quiet)
