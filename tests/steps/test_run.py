"""What a step needs staged and does not find, it has made again: by the steps before it."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.steps.staged import query

from medallion.airflow.loader import plan_of
from medallion.errors import DataRejected, StagingLost
from medallion.local.postgres import EmbeddedPostgres
from medallion.names import Layer, PublishedTable
from medallion.plan.model import Plan
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.steps.context import StepContext, StepResult
from medallion.steps.run import run_step

SPEC = """\
description: Rows that leave at either door, duplicates, and gold.
datasets:
  readings:
    source: {type: file, format: csv, path: include/data/lab/readings.csv}
    silver:
      primary_key: [id]
      write_disposition: merge
      columns:
        id: {type: bigint}
        value: {type: integer}
      checks:
        - between: {column: value, min_value: 0, on_failure: quarantine}
gold:
  highest:
    sql: highest.sql
    primary_key: [value]
    checks:
      - row_count: {min_value: 1}
"""
ROWS = "id,value\n1,10\n2,20\n3,-1\n4,none\n5,51\n5,51\n"
READINGS = PublishedTable(layer=Layer.SILVER, domain="lab", name="readings")
HIGHEST = PublishedTable(layer=Layer.GOLD, domain="lab", name="highest")
TASKS = ("land", "gate_bronze", "clean", "gate_silver", "publish")

PUBLISHED = [(1, 10), (2, 20), (5, 51)]
COUNTED = [(6, 3, 2, 1)]


class Pipeline:
    """One run of the spec on a database, task by task."""

    def __init__(self, project: Path, url: str) -> None:
        self.plan: Plan = plan_of("lab.sensors", project)
        self.url = url
        self.context = StepContext(
            run=Run(
                dag_id="lab.sensors",
                run_id="scheduled__2026-01-01",
                interval_start=datetime(2026, 1, 1, tzinfo=UTC),
                interval_end=datetime(2026, 1, 2, tzinfo=UTC),
                spec_digest=self.plan.digest,
            ),
            task_id="",
            try_number=1,
            project_root=project,
            lake_root=str(project / "lake"),
            warehouse_url=url,
            connection={}.__getitem__,
            log=logging.getLogger("test"),
        )

    def run(self, task_id: str, *, alone: bool = False) -> StepResult:
        """As the operator runs it; `alone`: without a way to the tasks before it."""
        task = next(task for task in self.plan.tasks if task.task_id == task_id)
        here = replace(self.context, task_id=task_id)
        return run_step(task.step, here, () if alone else self.plan.before()[task_id])

    def run_until(self, task_id: str) -> None:
        """The tasks of the dataset that come before this one."""
        for name in TASKS[: TASKS.index(task_id)]:
            self.run(f"readings.{name}")

    def change(self, statement: str, table: PublishedTable = READINGS) -> None:
        """Do something to the staging table."""
        staging = identifier(table.staging(self.context.run_key))
        with psycopg.connect(self.url) as connection:
            connection.execute(sql.SQL(statement).format(staging))

    def check(self) -> None:
        """The end is that of a run that nobody disturbed."""
        assert query(self.url, "SELECT id, value FROM silver_lab.readings ORDER BY id") == PUBLISHED
        assert (
            query(
                self.url,
                "SELECT rows_read, rows_published, rows_quarantined, rows_deduplicated"
                " FROM medallion.publications WHERE layer = 'silver'",
            )
            == COUNTED
        )
        assert query(self.url, "SELECT stage FROM quarantine_silver_lab.readings ORDER BY 1") == [
            ("clean",),
            ("gate",),
        ]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for folder in ("specs/lab", "include/sql/lab", "include/data/lab"):
        (root / folder).mkdir(parents=True)
    (root / "specs/lab/sensors.yaml").write_text(SPEC)
    (root / "include/sql/lab/highest.sql").write_text(
        "select max(value) as value from silver_lab.readings"
    )
    (root / "include/data/lab/readings.csv").write_text(ROWS)
    return root


@pytest.fixture
def pipeline(project: Path, warehouse_db: str) -> Pipeline:
    return Pipeline(project, warehouse_db)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of this module's own: it is going to be killed."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


def kill(server: EmbeddedPostgres) -> None:
    """kill -9, as a machine's memory watch does it; then it comes back."""
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    server.start()


@pytest.mark.slow
@pytest.mark.parametrize("task", ["gate_silver", "publish"])
def test_a_server_killed_between_two_steps_costs_nobody_anything(
    project: Path, server: EmbeddedPostgres, task: str
) -> None:
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(task)))
    pipeline = Pipeline(project, server.url(task))
    pipeline.run_until(task)
    kill(server)
    assert query(
        pipeline.url, f"SELECT count(*) FROM {READINGS.staging(pipeline.context.run_key)}"
    ) == [(0,)], "an unlogged table survived a crash: this test proves nothing"
    for name in TASKS[TASKS.index(task) :]:
        pipeline.run(f"readings.{name}")
    pipeline.check()


EMPTIED, DROPPED, SMALLER = "TRUNCATE {}", "DROP TABLE {}", "DELETE FROM {} WHERE id = 1"


@pytest.mark.parametrize(
    ("task", "loss"),
    [
        ("gate_silver", EMPTIED),
        ("gate_silver", SMALLER),
        ("publish", DROPPED),
        ("publish", SMALLER),
    ],
)
def test_a_staging_table_that_is_lost_is_made_and_judged_again(
    pipeline: Pipeline, task: str, loss: str, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run_until(task)
    pipeline.change(loss)
    with pytest.raises(StagingLost) as lost:
        pipeline.run(f"readings.{task}", alone=True)
    assert lost.value.retryable
    for name in TASKS[TASKS.index(task) :]:
        pipeline.run(f"readings.{name}")
    pipeline.check()
    assert "Run again, here and now: readings.clean" in caplog.text


def test_a_gold_table_that_is_lost_is_built_and_judged_again(pipeline: Pipeline) -> None:
    pipeline.run_until("publish")
    for task in ("readings.publish", "highest.build", "highest.gate"):
        pipeline.run(task)
    pipeline.change("DROP TABLE {}", HIGHEST)
    assert pipeline.run("highest.publish").rows_out == 1
    assert query(pipeline.url, "SELECT value FROM gold_lab.highest") == [(51,)]


def _fail_again(pipeline: Pipeline) -> None:
    """The gate shuts when it is run again within the publication, and then at its retry."""
    pipeline.change("TRUNCATE {}")
    gate = next(t for t in pipeline.plan.tasks if t.task_id == "readings.gate_silver")
    shut = [
        replace(check, kwargs={**check.kwargs, "min_value": 40}, on_failure="fail")
        for check in gate.step.checks
    ]
    step = replace(gate.step, checks=tuple(shut))
    publish = next(t for t in pipeline.plan.tasks if t.task_id == "readings.publish")
    before = (pipeline.plan.before()[gate.task_id][0], replace(gate, step=step))
    for _ in range(2):
        here = replace(pipeline.context, task_id=publish.task_id)
        with pytest.raises(DataRejected):
            run_step(publish.step, here, before)


def _clean_again(pipeline: Pipeline) -> None:
    """The staging table is whole, but another one than the gate has seen."""
    pipeline.run("readings.clean")


@pytest.mark.parametrize("disturb", [_fail_again, _clean_again])
def test_nothing_is_published_that_its_gate_has_not_judged(
    pipeline: Pipeline, disturb: Callable[[Pipeline], None]
) -> None:
    pipeline.run_until("publish")
    disturb(pipeline)
    pipeline.run("readings.publish")
    pipeline.check()
    judged = query(
        pipeline.url,
        "SELECT t.details ->> 'staged_as' IS NOT NULL, g.rows_checked FROM medallion.task_runs AS t"
        " JOIN medallion.gate_results AS g USING (dag_id, run_id, task_id)"
        " WHERE task_id = 'readings.gate_silver'",
    )
    assert judged == [(True, 4)]
