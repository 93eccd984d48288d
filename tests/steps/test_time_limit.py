"""A query that runs out of time is ended by the server, and names itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.steps.domain.test_role import check
from tests.steps.staged import READINGS, Run, query

from medallion.checks.declaration import OnFailure
from medallion.checks.outcome import PlannedCheck
from medallion.errors import QueryCancelled
from medallion.names import Layer, PublishedTable
from medallion.plan.model import BuildStep, GateStep
from medallion.steps.context import StepContext
from medallion.steps.run import run_step

TOTALS = PublishedTable(layer=Layer.GOLD, domain="lab", name="totals")
LONG = "select count(*) as n from generate_series(1, 1000000000000) as n"
LIMIT = timedelta(seconds=5)
"""For each query of a step: all others of it end in time on a busy machine, too."""


@pytest.fixture
def run(module_warehouse_db: str) -> Run:
    run = Run(url=module_warehouse_db, day=0)
    run.stage([(1, "a")])
    return run


def context(run: Run, task_id: str) -> StepContext:
    return replace(run.context(), task_id=task_id, time_limit=LIMIT)


def test_a_build_names_table_file_task_and_limit(run: Run) -> None:
    step = BuildStep(table=TOTALS, sql=LONG, sql_path="include/sql/lab/totals.sql", upstream=())
    with pytest.raises(QueryCancelled) as ended:
        run_step(step, context(run, "totals.build"))
    assert not ended.value.retryable
    assert ended.value.problem.startswith(
        "totals.build of gold_lab.totals: PostgreSQL, building gold_lab.totals from"
        " include/sql/lab/totals.sql: canceling statement due to statement timeout"
    )
    assert ended.value.problem.endswith("A query of this task may take 0:00:04.500000")
    assert "raise `execution_timeout` (now 0:00:05)" in ended.value.remedy
    (kept,) = query(run.url, "SELECT error FROM medallion.task_runs WHERE task_id = 'totals.build'")
    assert str(kept[0]).startswith("QueryCancelled: totals.build of gold_lab.totals")


def test_a_gate_names_the_check(run: Run) -> None:
    step = check(f"select * from {{batch}} where id > ({LONG})")
    other = PlannedCheck(
        check_id="key",
        name="not_null",
        expectation="expect_column_values_to_not_be_null",
        kwargs={"column": "id"},
        on_failure=OnFailure.FAIL,
    )
    both = GateStep(layer=Layer.SILVER, table=READINGS, checks=(*step.checks, other))
    with pytest.raises(QueryCancelled) as ended:
        run_step(both, context(run, "readings.gate_silver"))
    assert ended.value.problem.startswith(
        "readings.gate_silver of silver_lab.readings: the query of the check rows was ended:"
        " canceling statement due to statement timeout"
    )


def test_a_step_within_its_limit_is_not_ended(run: Run) -> None:
    step = check("select * from {batch} where id > 5")
    result = run_step(step, replace(context(run, "readings.gate_silver"), time_limit=None))
    assert result.rows_out == 1
    longer = replace(context(run, "readings.gate_silver"), time_limit=timedelta(days=400))
    assert run_step(step, longer).rows_out == 1
