"""kill -9 inside each step, at its start, in its middle and at its end; then run it again.

The final tables, quarantine and counts must be those of a run that nobody disturbed.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from psycopg import sql
from pyiceberg.table import StaticTable
from tests.kafka_broker import Broker
from tests.sources.iceberg.crafted import Lakehouse
from tests.steps.kill_matrix_child import (
    NEVER,
    AmongFiles,
    At,
    Moment,
    PlanRun,
    run_task,
    run_task_until,
    run_tasks,
)

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

State = dict[str, list[tuple[object, ...]]]
FINAL_STATE: Mapping[str, LiteralString] = {
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
    "deleted keys": "select table_name, encode(key_digest, 'hex'), deleted_at"
    " from medallion.deleted_keys order by 1, 2",
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
    rows = in_order(table.to_pyarrow_table())
    said = [commit["medallion"] for commit in table.history()]
    return rows, [(one["version"], one["rows"]) for one in said]


def read_iceberg(folder: str) -> tuple[list[str], list[tuple[int, int]]]:
    table = StaticTable.from_metadata(folder)
    rows = in_order(table.scan().to_arrow())
    said = [snapshot.summary for snapshot in table.metadata.snapshots if snapshot.summary]
    return rows, [(int(one["medallion.version"]), int(one["medallion.rows"])) for one in said]


def in_order(table: pa.Table) -> list[str]:
    """The rows without the numbers of their landings: one that is begun again may get the next."""
    kept = [name for name in table.column_names if name != "_load_id"]
    return sorted(map(str, table.select(kept).to_pylist()))


def in_child(
    processes: multiprocessing.context.ForkServerContext,
    target: Callable[..., object],
    *args: object,
) -> int | None:
    child = processes.Process(target=target, args=args)
    child.start()
    child.join(600)
    return child.exitcode


def counted(queue: multiprocessing.Queue[int], run: PlanRun, task_id: str) -> None:
    queue.put(run_task(run, task_id))


def find_state(url: str, queries: Mapping[str, LiteralString]) -> State:
    with psycopg.connect(url) as connection:
        return {
            name: connection.execute(sql.SQL(query)).fetchall() for name, query in queries.items()
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
    assert find_state(second_warehouse_db, FINAL_STATE) == find_state(warehouse_db, FINAL_STATE)
    assert lake_state(disturbed) == lake_state(quiet)


BEFORE_THE_LAKE = At("medallion.steps.lake_table:open_version")
"""The warehouse has flipped, and the lake has nothing of it."""
MOMENTS_OF_LAKE: Mapping[str, tuple[Moment, ...]] = {
    "delta": (
        BEFORE_THE_LAKE,
        AmongFiles(),
        At("deltalake:write_deltalake", is_behind=True),
    ),
    "iceberg": (
        At("medallion.lake.iceberg.table:write_snapshot"),
        At("medallion.lake.iceberg.files:TableFiles.write_hint", is_behind=True),
        At("medallion.warehouse.registry.lake_catalogue:CatalogueRow.swap", is_behind=True),
    ),
}
"""When to kill what publishes to a lake. Delta: before its files, among them, behind its commit.
Iceberg: behind its files, where the folder names a version that the catalogue does not, and behind
its commit. What comes before any file is Medallion's alone, and the same for both."""
LATE = (0.6, 0.95)
BEHIND_THE_OFFSETS = At("medallion.warehouse.registry.streams:move", is_behind=True)
"""The offsets have moved, in a transaction that is not committed."""
OF_FEED: Mapping[str, tuple[float | Moment, ...]] = {
    "readings.land": LATE,
    "readings.publish": (BEHIND_THE_OFFSETS, LATE[-1]),
}
FILE = "{type: file, format: csv, path: include/data/lab/readings.csv}"
WITHOUT_GOLD = SPEC[: SPEC.index("gold:\n")]
"""Gold is not read on: the first day's grid has it."""


@dataclass(frozen=True, kw_only=True)
class Days:
    """A table whose runs of two days are disturbed.

    Attributes:
        deliver: what a day brings, number 0 or 1.
        kills: by task, when to kill it: parts of its calls, or moments.
        is_ordered: whether the source has its rows in one order each time that they are read.
    """

    spec: str
    deliver: Callable[[int], None]
    kills: Mapping[str, tuple[float | Moment, ...]] = field(default_factory=lambda: OF_FEED)
    connections: Mapping[str, ConnectionDetails] = field(default_factory=dict)
    is_ordered: bool = True

    def write(self, root: Path) -> None:
        (root / "specs/lab").mkdir(parents=True)
        (root / "specs/lab/sensors.yaml").write_text(self.spec)
        (root / "specs/access.yaml").write_text(f"lakes: {{lab: ['file://{root}_lakes']}}\n")

    def find_state(self, url: str) -> State:
        state = {name: query for name, query in FINAL_STATE.items() if name != "gold"}
        return find_state(url, state if self.is_ordered else {**state, **IN_NO_ORDER})


IN_NO_ORDER: Mapping[str, LiteralString] = {
    "silver": "select reading_id, sensor, value from silver_lab.readings order by 1",
    "quarantine": "select stage, reasons, record from quarantine_silver_lab.readings"
    " order by record::text, stage",
}


def with_lake(spec: str, root: Path, format_: str) -> str:
    target = f"{{format: {format_}, location: 'file://{root}_lakes/quiet_lake/readings'}}"
    return spec.replace("      columns:\n", f"      publish_to: [{target}]\n      columns:\n")


def to_lake(root: Path, format_: str, disposition: str) -> Days:
    """A silver table that is published to a lake as well."""

    def deliver(day: int) -> None:
        text = lines().replace(".25", ".75") if day else lines()
        (root / "include/data/lab/readings.csv").write_text(text)

    spec = with_lake(WITHOUT_GOLD.replace("WRITE_DISPOSITION", disposition), root, format_)
    kills = {f"readings.publish_{format_}": MOMENTS_OF_LAKE[format_]}
    return Days(spec=spec, deliver=deliver, kills=kills)


def of_delta(root: Path) -> Days:
    """A Delta table's changes. On the second day rows are changed, deleted, and brought back."""
    folder = root / "include/data/lab/feed"

    def deliver(day: int) -> None:
        if not day:
            kept = {"delta.enableChangeDataFeed": "true"}
            write_deltalake(folder, rows_of(range(ROWS // 2)), configuration=kept)
            write_deltalake(folder, rows_of(range(ROWS // 2, ROWS)), mode="append")
            return
        table = DeltaTable(folder)
        table.update(new_values={"value": "7.50"}, predicate="reading_id % 5 = 0")
        table.delete("reading_id % 7 = 0")
        write_deltalake(folder, rows_of([*range(0, 70, 7), *range(ROWS, ROWS + 50)]), mode="append")

    spec = of_source(
        "{type: delta, location: include/data/lab/feed, change_feed: true}",
        "merge",
        "      deleted_when: is_gone\n      deduplicate: {order_by: [changed_in desc]}\n",
        "        is_gone: {expression: change = 'delete', type: boolean}\n"
        "        change: {from: _change_type, type: text}\n"
        "        changed_in: {from: _commit_version, type: bigint}\n",
    )
    return Days(spec=spec, deliver=deliver, is_ordered=False)


def of_iceberg(root: Path) -> Days:
    """What is appended to an Iceberg table, appended to one that is published as Iceberg."""
    house = Lakehouse.make(root / "include/data/lab/house")

    def deliver(day: int) -> None:
        first, last = day * ROWS, (day + 1) * ROWS
        rows = rows_of(range(first, last))
        if day:
            house.catalog.load_table("shop.feed").append(rows)
        else:
            house.make_table("feed", rows)

    spec = of_source(
        "{type: iceberg, location: include/data/lab/house, catalog: lakehouse, table: shop.feed,"
        " change_feed: true}",
        "append",
        "",
        "        number: {from: _sequence_number, type: bigint}\n",
    )
    return Days(
        spec=with_lake(spec, root, "iceberg"),
        deliver=deliver,
        kills={**OF_FEED, "readings.publish_iceberg": MOMENTS_OF_LAKE["iceberg"]},
        connections={"lakehouse": house.details},
    )


def rows_of(numbers: Iterable[int]) -> pa.Table:
    """Rows of a lake's table: good ones, some that cannot be cast, some that a check refuses."""
    found = list(numbers)
    return pa.table({
        "reading_id": pa.array(found, pa.int64()),
        "sensor": [f"s{number % 7}" for number in found],
        "value": [
            "none" if number % 97 == 0 else "-1" if number % 89 == 0 else f"{number}.25"
            for number in found
        ],
    })  # fmt: skip


def of_source(source: str, disposition: str, more: str, columns: str) -> str:
    """The spec of a source that says which rows are new, changed or gone."""
    return (
        WITHOUT_GOLD.replace(FILE, source)
        .replace("WRITE_DISPOSITION", disposition)
        .replace("      columns:\n", f"{more}      columns:\n{columns}")
    )


def of_topic(broker: Broker) -> Days:
    """Messages, and on the second day tombstones."""
    topic = broker.make_topic(2)

    def deliver(day: int) -> None:
        messages = list[dict[str, Any]]()
        for number in range(0, ROWS, 5 if day else 1):
            gone = day and number % 2
            body = {"sensor": f"s{number % 7}", "value": f"{number}.{25 + day}"}
            value = None if gone else json.dumps(body).encode()[number % 83 == 0 :]
            messages.append({"value": value, "key": str(number).encode(), "partition": number % 2})
        broker.write(topic, messages)

    spec = of_source(
        f"{{type: kafka, conn_id: broker, topic: {topic}}}",
        "merge",
        "      deleted_when: is_deleted\n",
        "        is_deleted: {from: _message.is_tombstone, type: boolean}\n",
    )
    spec = (
        spec.replace("{type: bigint}", "{from: _message.key, type: bigint}")
        .replace("{type: text,", "{type: text, nullable: true,")
        .replace('{type: "decimal(8,2)"}', '{type: "decimal(8,2)", nullable: true}')
    )
    return Days(spec=spec, deliver=deliver, connections={"broker": broker.connection()})


FEEDS = {"delta feed": of_delta, "iceberg feed": of_iceberg}


@pytest.fixture(
    params=["delta append", "delta scd2", "delta replace", "iceberg scd2", "kafka", *FEEDS]
)
def days(request: pytest.FixtureRequest, tmp_path: Path) -> Days:
    (tmp_path / "include/data/lab").mkdir(parents=True)
    if request.param == "kafka":
        found = of_topic(request.getfixturevalue("kafka_broker"))
    elif request.param in FEEDS:
        found = FEEDS[request.param](tmp_path)
    else:
        found = to_lake(tmp_path, *request.param.split())
    found.write(tmp_path)
    return found


def on_day(run: PlanRun, day: int) -> PlanRun:
    return replace(
        run,
        run_id=f"scheduled__2026-01-0{day + 1}",
        interval_end=run.interval_end + timedelta(days=day),
    )


def all_counted(
    queue: multiprocessing.Queue[dict[str, int]], run: PlanRun, task_ids: list[str]
) -> None:
    queue.put(run_tasks(run, task_ids))


def test_a_second_day_is_not_disturbed_by_the_kills_of_the_first_nor_by_its_own(
    days: Days,
    tmp_path: Path,
    processes: multiprocessing.context.ForkServerContext,
    warehouse_db: str,
    second_warehouse_db: str,
) -> None:
    """Whatever goes on from what a run before has written down: a lake's versions, how far a feed
    was read, which keys are deleted."""
    quiet = plan_run(tmp_path, warehouse_db, "quiet", days.connections)
    disturbed = plan_run(tmp_path, second_warehouse_db, "disturbed", days.connections)
    queue: multiprocessing.Queue[dict[str, int]] = processes.Queue()
    in_plan = [steps[-1].task_id for steps in quiet.plan.airflow_tasks()]
    task_ids = [one for one in STEPS if one in in_plan]
    assert sorted(task_ids) == sorted(in_plan)
    for day in range(2):
        days.deliver(day)
        assert in_child(processes, all_counted, queue, on_day(quiet, day), task_ids) == 0
        calls, run, waiting = queue.get(timeout=10), on_day(disturbed, day), list[str]()
        for task_id in task_ids:
            for moment in days.kills.get(task_id, ()):
                if waiting:
                    assert in_child(processes, run_tasks, run, waiting) == 0
                    waiting = []
                if isinstance(moment, float):
                    killed_at = max(1, round(calls[task_id] * moment))
                    exit_ = in_child(processes, run_task, run, task_id, killed_at)
                else:
                    exit_ = in_child(processes, run_task_until, run, task_id, moment)
                # A try after one that was killed behind its commit has less to do.
                may_end = {0} if moment == LATE[-1] else set[int]()
                said = f"{task_id} on day {day}, to be killed at {moment}: {exit_}"
                assert exit_ in {-signal.SIGKILL, *may_end}, said
            waiting.append(task_id)
        assert in_child(processes, run_tasks, run, waiting) == 0
        assert days.find_state(second_warehouse_db) == days.find_state(warehouse_db)
        assert lake_state(disturbed) == lake_state(quiet)
