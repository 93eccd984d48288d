"""`publish_together`: readers see all tables of a group change at one moment, or none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.steps.kill_matrix_child import PlanRun
from tests.steps.staged import READINGS, REPLACE, Run, query

from medallion.airflow.loader import plan_of
from medallion.errors import DataRejected, SetupError, StagingLost
from medallion.operations.rollback import rollback, versions
from medallion.plan.model import PublishStep
from medallion.steps.context import StepResult
from medallion.steps.publish import step as publish
from medallion.steps.run import run_step
from medallion.warehouse.session.locking import one_at_a_time

SENSORS = replace(READINGS, name="sensors")
PAIR = """
SELECT (SELECT max(value) FROM silver_lab.readings), (SELECT max(value) FROM silver_lab.sensors)"""


def pair(first: PublishStep = REPLACE, **changes: object) -> tuple[PublishStep, PublishStep]:
    """The publications of readings and of sensors, each of which knows the other."""
    second = replace(first, table=SENSORS, **changes)
    return replace(first, together=(second,)), replace(second, together=(first,))


def stage(url: str, day: int, value: str, tables=(READINGS, SENSORS), run_id: str = "") -> Run:
    for table in tables:
        run = Run(url=url, day=day, run_id=run_id, table=table)
        run.stage([(number, value) for number in range(1, 11)])
    return replace(run, table=READINGS)


def published(url: str, day: int, value: str, steps=None, run_id: str = "") -> list[StepResult]:
    run = stage(url, day, value, run_id=run_id)
    return [publish.run(step, run.context()) for step in steps or pair()]


def test_the_first_publication_shows_all_tables_and_the_next_one_reports_it(
    warehouse_db: str,
) -> None:
    run = stage(warehouse_db, 0, "day 0")
    first, second = pair()
    done = publish.run(first, run.context())
    assert query(warehouse_db, PAIR) == [("day 0", "day 0")]
    also = publish.run(second, run.context())
    assert [one.reference for one in (done, also)] == [
        "silver_lab.readings version 1",
        "silver_lab.sensors version 1",
    ]
    rows = query(
        warehouse_db,
        "SELECT table_name, rows_published, is_current, together_id - min(publication_id) OVER (),"
        " count(*) OVER (PARTITION BY xmin::text) FROM medallion.publications ORDER BY 1",
    )
    assert rows == [("readings", 10, True, 0, 2), ("sensors", 10, True, 0, 2)]


class Reader(threading.Thread):
    """Asks for both tables in one statement, again and again."""

    def __init__(self, url: str, prepare: int | None) -> None:
        super().__init__()
        self.url, self.prepare = url, prepare
        self.seen: set[tuple[object, ...]] = set()
        self.is_over = threading.Event()

    def run(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.prepare_threshold = self.prepare
            while not self.is_over.is_set():
                self.seen.update(connection.execute(PAIR).fetchall())


def test_no_reader_ever_sees_one_table_of_a_run_beside_another_of_a_former_one(
    warehouse_db: str,
) -> None:
    published(warehouse_db, 0, "day 0")
    readers = [Reader(warehouse_db, prepare) for prepare in (None, 0)]
    for reader in readers:
        reader.start()
    try:
        for day in range(1, 16):
            published(warehouse_db, day, f"day {day}")
        for _ in range(2):
            rollback(warehouse_db, READINGS)
    finally:
        for reader in readers:
            reader.is_over.set()
            reader.join(60)
    for reader in readers:
        assert len(reader.seen) > 1
        assert all(one == other for one, other in reader.seen), sorted(map(str, reader.seen))


def test_a_table_that_is_refused_holds_the_others_back(warehouse_db: str) -> None:
    published(warehouse_db, 0, "day 0")
    run = stage(warehouse_db, 1, "day 1", tables=(READINGS,))
    Run(url=warehouse_db, day=1, table=SENSORS).stage([(1, "day 1")])
    for step in pair():
        with pytest.raises(DataRejected) as refusal:
            publish.run(step, run.context())
        assert refusal.value.problem.startswith("silver_lab.sensors would shrink from 10 to 1 row")
    assert "silver_lab.readings is published together with it, and waits" in _problem(
        lambda: publish.run(pair()[0], run.context())
    )
    assert query(warehouse_db, PAIR) == [("day 0", "day 0")]
    counted = query(warehouse_db, "SELECT count(*) FROM medallion.publications")
    assert counted == [(2,)]


def _problem(work: Callable[[], object]) -> str:
    with pytest.raises(DataRejected) as refusal:
        work()
    return str(refusal.value.problem)


def test_a_table_that_is_not_staged_is_not_left_behind(warehouse_db: str) -> None:
    published(warehouse_db, 0, "day 0")
    run = stage(warehouse_db, 0, "day 0, corrected", tables=(READINGS,))
    with pytest.raises(StagingLost, match=r"no staging table of silver_lab\.sensors, and"):
        publish.run(pair()[0], run.context())
    assert query(warehouse_db, PAIR) == [("day 0", "day 0")]


def test_one_held_lock_keeps_all_tables_as_they_are_and_then_all_change(warehouse_db: str) -> None:
    published(warehouse_db, 0, "day 0")
    run = stage(warehouse_db, 1, "day 1")
    with psycopg.connect(warehouse_db) as holder, ThreadPoolExecutor(1) as pool:
        # Until it ends nobody may change what readers have of the second table.
        holder.execute("SELECT FROM medallion.publications WHERE table_name = 'sensors' FOR UPDATE")
        publication = pool.submit(publish.run, pair()[0], run.context())
        for _ in range(20):
            assert query(warehouse_db, PAIR) == [("day 0", "day 0")]
            threading.Event().wait(0.05)
        holder.rollback()
        publication.result(timeout=240)
    assert query(warehouse_db, PAIR) == [("day 1", "day 1")]


def test_tries_of_both_tables_at_once_publish_once_and_runs_never_block_each_other(
    warehouse_db: str,
) -> None:
    runs = [stage(warehouse_db, day, f"day {day}") for day in (0, 1)]
    with ThreadPoolExecutor(4) as pool, psycopg.connect(warehouse_db) as holder:
        one_at_a_time(holder, READINGS)  # all of them have prepared when the first begins
        tries = [pool.submit(publish.run, step, run.context()) for run in runs for step in pair()]
        while query(
            warehouse_db,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
        ) != [(4,)]:
            threading.Event().wait(0.02)
        holder.rollback()
        for one in tries:
            one.result(timeout=240)
    assert query(warehouse_db, PAIR) == [("day 1", "day 1")]
    assert query(warehouse_db, "SELECT count(*) FROM medallion.publications") == [(4,)]


def test_a_late_run_takes_back_no_table_even_where_one_of_its_tables_is_newer(
    warehouse_db: str,
) -> None:
    published(warehouse_db, 5, "day 5")
    query(
        warehouse_db,
        "WITH moved AS (UPDATE medallion.publications SET as_of = as_of - interval '3 days'"
        " WHERE table_name = 'readings' RETURNING 1) TABLE moved",
    )
    # Older than sensors, newer than readings: of the pair the oldest decides.
    published(warehouse_db, 1, "day 1")
    assert query(warehouse_db, PAIR) == [("day 5", "day 5")]
    published(warehouse_db, 4, "day 4")
    assert query(warehouse_db, PAIR) == [("day 4", "day 4")]


def test_a_rollback_takes_back_what_was_published_together(warehouse_db: str) -> None:
    for day in range(3):
        published(warehouse_db, day, f"day {day}")
    shown = rollback(warehouse_db, SENSORS, by="ana")
    assert {table.name: one.version for table, one in shown.items()} == {
        "sensors": 2,
        "readings": 2,
    }
    assert query(warehouse_db, PAIR) == [("day 1", "day 1")]
    journal = query(
        warehouse_db,
        "SELECT table_name, details FROM medallion.operator_actions ORDER BY 1",
    )
    assert journal == [("readings", {"from": 3, "to": 2}), ("sensors", {"from": 3, "to": 2})]
    rollback(warehouse_db, READINGS, 1, alone=True)
    assert query(warehouse_db, PAIR) == [("day 0", "day 1")]
    rollback(warehouse_db, READINGS, 3)
    assert query(warehouse_db, PAIR) == [("day 2", "day 2")]


def test_a_rollback_that_would_part_them_is_refused_with_what_to_do(warehouse_db: str) -> None:
    for table in (READINGS, SENSORS):
        stage(warehouse_db, 0, "alone", tables=(table,))
        context = Run(url=warehouse_db, day=0, table=table).context()
        publish.run(replace(REPLACE, table=table), context)
    steps = pair(keep_versions=1)
    published(warehouse_db, 1, "day 1", steps)
    with pytest.raises(SetupError, match="version 1 was not") as no:
        rollback(warehouse_db, READINGS)
    assert "`--alone` rolls back silver_lab.readings" in no.value.remedy
    published(warehouse_db, 2, "day 2", steps)
    with pytest.raises(SetupError, match=r"silver_lab\.sensors has no version 2; kept: 3") as no:
        rollback(warehouse_db, READINGS)
    assert no.value.problem.startswith("silver_lab.readings goes back together with")
    assert "`--alone` rolls back silver_lab.readings" in no.value.remedy
    assert query(warehouse_db, PAIR) == [("day 2", "day 2")]
    assert [one.version for one in versions(warehouse_db, READINGS)] == [3, 2, 1]


SPEC = """\
description: Two gold tables that belong together.
datasets:
  readings:
    source: {type: file, format: csv, path: include/data/lab/readings.csv}
    silver:
      primary_key: [id]
      columns: {id: {type: bigint}, value: {type: bigint}}
gold:
  totals: {sql: totals.sql, checks: [{between: {column: total, max_value: 100}}]}
  counts: {sql: counts.sql, primary_key: [readings]}
publish_together: [[totals, counts]]
"""
GOLD = "SELECT (SELECT total FROM gold_lab.totals), (SELECT readings FROM gold_lab.counts)"


@pytest.fixture
def pipeline(warehouse_db: str, tmp_path: Path) -> Iterator[Pipeline]:
    for folder in ("specs/lab", "include/sql/lab", "include/data/lab"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "specs/lab/pair.yaml").write_text(SPEC)
    for name, column in (
        ("totals", "sum(value)::bigint as total"),
        ("counts", "count(*) as readings"),
    ):
        text = f"select {column} from silver_lab.readings"
        (tmp_path / f"include/sql/lab/{name}.sql").write_text(text)
    yield Pipeline(warehouse_db, tmp_path)


class Pipeline:
    """The tasks of the pair's plan, run as Airflow's operators run them."""

    def __init__(self, url: str, root: Path) -> None:
        self.url, self.root = url, root
        self.plan = plan_of("lab.pair", root)

    def run(self, *wanted: str, day: int = 1) -> None:
        made = PlanRun(
            plan=self.plan,
            run_id=f"scheduled__{day}",
            interval_end=datetime(2026, 1, 1 + day, tzinfo=UTC),
            project_root=self.root,
            lake_root=self.root / "lake",
            warehouse_url=self.url,
            connections={},
        )
        before = self.plan.before()
        for task in self.plan.tasks:
            if not wanted or task.task_id in wanted:
                run_step(task.step, made.context(task.task_id), before[task.task_id])

    def read(self, *values: int) -> Pipeline:
        lines = "".join(f"{number},{value}\n" for number, value in enumerate(values))
        (self.root / "include/data/lab/readings.csv").write_text(f"id,value\n{lines}")
        return self


def test_publications_wait_for_the_gates_of_all(pipeline: Pipeline) -> None:
    upstream = {task.task_id: set(task.upstream) for task in pipeline.plan.tasks}
    assert upstream["totals.publish"] == {"totals.gate", "counts.gate"}
    assert upstream["counts.publish"] == {"counts.gate", "totals.publish"}
    order = [task.task_id for task in pipeline.plan.tasks]
    assert order.index("counts.gate") < order.index("totals.publish")


def test_a_table_that_is_built_again_alone_is_published_with_the_others_built_again(
    pipeline: Pipeline,
) -> None:
    pipeline.read(1, 2).run()
    assert query(pipeline.url, GOLD) == [(3, 2)]
    readings = [t.task_id for t in pipeline.plan.tasks if t.group == "readings"]
    pipeline.read(1, 2, 3).run(*readings, day=2)
    # In the first run somebody clears one table: the other one is built again with it.
    pipeline.run("totals.build", "totals.gate", "totals.publish")
    assert query(pipeline.url, GOLD) == [(6, 3)]
    shown = "SELECT DISTINCT version, run_id FROM medallion.publications WHERE is_current"
    assert query(pipeline.url, f"{shown} AND layer = 'gold'") == [(2, "scheduled__1")]


def test_a_gate_that_refuses_one_table_keeps_all_as_they_were(pipeline: Pipeline) -> None:
    pipeline.read(1, 2).run()
    with pytest.raises(DataRejected):
        pipeline.read(1, 200, 3).run(day=2)
    with pytest.raises(DataRejected):
        pipeline.run("counts.build", "counts.gate", "counts.publish", day=2)
    assert query(pipeline.url, GOLD) == [(3, 2)]


def test_a_table_joins_the_group_of_tables_that_are_there(pipeline: Pipeline) -> None:
    whole = pipeline.plan
    alone = [
        replace(t, step=replace(t.step, together=())) if isinstance(t.step, PublishStep) else t
        for t in whole.tasks
    ]
    pipeline.plan = replace(whole, tasks=tuple(alone))
    pipeline.read(1, 2).run()
    pipeline.plan = whole
    pipeline.read(1, 2, 3).run(day=2)
    assert query(pipeline.url, GOLD) == [(6, 3)]
