"""Upkeep on a host that does not see the warehouse's lake."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from airflow.sdk import AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowException

from medallion.airflow import upkeep
from medallion.airflow.upkeep import (
    EnvironmentsOperator,
    MaintenanceOperator,
    ReplayOperator,
    RestateOperator,
)
from medallion.operations.same_lake import hold_to_lake
from medallion.operations.surroundings import Surroundings

PARAMS = {"dry_run": False, "table": "silver_lab.readings", "run_id": "", "restatement": 1}


@pytest.mark.parametrize(
    "task",
    [
        MaintenanceOperator(task_id="maintain", domain="lab"),
        EnvironmentsOperator(task_id="environments"),
        ReplayOperator(task_id="replay", alias=AssetAlias("replayed")),
        RestateOperator(task_id="restate"),
    ],
    ids=lambda task: task.task_id,
)
def test_it_takes_no_landing_for_gone_where_another_lake_is_seen(
    task: BaseOperator, warehouse_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_to_lake(warehouse_db, str(tmp_path / "shared"))
    around = Surroundings(
        project_root=tmp_path,
        lake_root=str(tmp_path / "own"),
        warehouse_url=warehouse_db,
        connection={}.__getitem__,
        log=logging.getLogger("test"),
    )
    monkeypatch.setattr(upkeep, "_surroundings", lambda context: around)
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    with pytest.raises(AirflowException, match="that is not the warehouse's"):
        task.execute({"params": PARAMS})
    assert not (tmp_path / "own").exists()
