"""The DAG that keeps Superset in step: when it is there, when it runs, when it is skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import AssetOrTimeSchedule
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from tests.warehouse.registry.test_freshness import SUMS_STEP, plan

from medallion.airflow import upkeep
from medallion.airflow.bi_dag import DAG_ID, of_tables
from medallion.airflow.connections import NoSuchConnection
from medallion.airflow.every_dag import build_generated
from medallion.airflow.upkeep import BiSyncOperator
from medallion.bi.sync import project as module
from medallion.bi.sync.run import Outcome
from medallion.compiler.outline import assets_in, bi_in, outline_of
from medallion.compiler.runnable import Project
from medallion.errors import SupersetUnavailable
from medallion.operations.surroundings import Surroundings
from medallion.plan.bi import BiTable
from medallion.steps.log_lines import plain_log

DECLARED = replace(
    plan(SUMS_STEP),
    bi_tables=(BiTable(table=SUMS_STEP.table.public, description="", owner="lab"),),
)


def project(*declared: Any) -> Project:
    outlines = [outline_of(one) for one in declared]
    return Project(
        runnable=(),
        issues=(),
        silver_tables=("silver_lab.readings",),
        assets={table: facts for one in outlines for table, facts in assets_in(one)},
        bi_tables=tuple(table for one in outlines for table in bi_in(one)),
    )


def test_it_is_there_where_specs_declare_something_and_waits_for_any_of_the_tables() -> None:
    root = Path("/nowhere")
    assert DAG_ID not in build_generated(project(plan(SUMS_STEP)), root)
    dag = build_generated(project(DECLARED), root)[DAG_ID]
    assert isinstance(dag.timetable, AssetOrTimeSchedule)
    (asset,) = dag.timetable.asset_condition.objects
    assert asset.name == "gold_lab.sums"
    assert asset.extra["owner"] == "lab-data", "the facts that its own pipeline gives it"
    assert dag.max_active_runs == 1
    assert dag.get_task("sync").retries > 0


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """One run of the task, with what a sync would do."""
    (tmp_path / "specs").mkdir()
    around = Surroundings(
        project_root=tmp_path,
        lake_root="",
        warehouse_url="",
        connection=lambda _: pytest.fail("nobody asks"),
        log=plain_log(),
    )
    monkeypatch.setattr(upkeep, "_surroundings", lambda _: around)

    def once(does: Outcome | Exception) -> dict[str, object]:
        def sync(job: module.Job) -> Outcome:
            if isinstance(does, Exception):
                raise does
            return does

        monkeypatch.setattr(module, "sync_project", sync)
        operator = of_tables(()).get_task("sync")
        assert isinstance(operator, BiSyncOperator)
        context: Mapping[str, Any] = {"ti": None, "params": {}}
        return operator.execute(context)

    return once


def test_what_becomes_of_a_run(run: Any) -> None:
    assert run(Outcome(lines=("create dataset x",))) == {"what": ["create dataset x"]}
    with pytest.raises(AirflowSkipException, match="medallion_superset"):
        run(NoSuchConnection("there is no Airflow connection medallion_superset"))
    with pytest.raises(AirflowFailException, match="dashboard x"):
        run(Outcome(problems=("dashboard x: a slug",)))
    with pytest.raises(Exception, match="no answer") as retried:
        run(SupersetUnavailable("no answer"))
    assert not isinstance(retried.value, AirflowFailException)
