"""What Airflow's callbacks of a DAG leave in the registry, and that DAGs have them."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from medallion.airflow.factory import build_dag
from medallion.airflow.runs import keep_failed_run, keep_missed_deadline
from medallion.plan.make import make_plan
from medallion.spec.load.specs import load_spec
from medallion.spec.sql.reader import sql_reader

SPEC = """\
description: Orders.
deadline: 2h
datasets:
  orders:
    source: {type: file, path: include/data/shop/orders.csv}
    silver: {columns: {id: {type: bigint}}}
"""


def test_a_pipeline_has_the_deadline_of_its_spec_and_reports_its_failures(tmp_path: Path) -> None:
    path = tmp_path / "specs/shop/sales.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SPEC)
    dag = build_dag(make_plan(load_spec(path, tmp_path, sql_reader(tmp_path))), str(path))
    assert dag.on_failure_callback is keep_failed_run
    (alert,) = dag.deadline or ()
    assert alert.interval == timedelta(hours=2)
    assert alert.callback.path == "medallion.airflow.runs.keep_missed_deadline"
    path.write_text(SPEC.replace("deadline: 2h\n", ""))
    dag = build_dag(make_plan(load_spec(path, tmp_path, sql_reader(tmp_path))), str(path))
    assert not dag.deadline


def test_a_killed_task_leaves_no_error_and_is_named(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", warehouse_db)
    failed = {"dag": SimpleNamespace(dag_id="shop.sales"), "run_id": "r1"}
    keep_failed_run({**failed, "ti": SimpleNamespace(task_id="orders.clean")})
    with psycopg.connect(warehouse_db) as connection:
        (found,) = connection.execute("SELECT problem FROM medallion.incidents").fetchall()
    assert found == ("the run failed at orders.clean, which has left no error: was it killed?",)


def test_callbacks_open_incidents_and_never_fail(
    warehouse_db: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed = {"dag": SimpleNamespace(dag_id="shop.sales"), "run_id": "r1"}
    late = {
        "dag_run": {"dag_id": "shop.sales", "dag_run_id": "r2", "state": "running"},
        "deadline": {},
    }
    over = {
        "dag_run": {"dag_id": "shop.sales", "dag_run_id": "r3", "state": "failed"},
        "deadline": {},
    }
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", warehouse_db)
    keep_failed_run(failed)
    asyncio.run(keep_missed_deadline(late))
    asyncio.run(keep_missed_deadline(over))  # Airflow reports it also of a run that has ended
    with psycopg.connect(warehouse_db) as connection:
        found = connection.execute(
            "SELECT event, dag_id, run_id FROM medallion.incidents ORDER BY 1"
        ).fetchall()
    assert found == [
        ("deadline_missed", "shop.sales", "r2"),
        ("run_failed", "shop.sales", "r1"),
    ]
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", "postgresql://a:b@127.0.0.1:1/nowhere")
    with caplog.at_level(logging.ERROR):
        keep_failed_run(failed)
    assert "what became of shop.sales r1 is not recorded" in caplog.text
