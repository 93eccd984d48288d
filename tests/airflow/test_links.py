"""The buttons on a task's page."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.airflow.lab import plan_of_lab

from medallion.airflow import operators
from medallion.airflow.addresses import TABLES
from medallion.airflow.assets import Assets
from medallion.airflow.factory import build_dag
from medallion.plan.asset_facts import asset_facts, write_facts
from medallion.plan.boards import Board, with_boards
from medallion.steps.context import StepResult

KEY = SimpleNamespace(dag_id="lab.sales", run_id="manual__2026-01-01T00:00:00+00:00", map_index=-1)
TABLE = "/medallion/tables/silver_lab.orders"
LANDING = "/dags/lab.sales/runs/manual__2026-01-01T00%3A00%3A00%2B00%3A00/tasks/orders.land/xcom"


def buttons(root: Path, task_id: str) -> dict[str, str]:
    return shown(build_dag(plan_of_lab(root), "x.yaml").get_task(task_id))


def shown(task: Any) -> dict[str, str]:
    assert len({link.xcom_key for link in task.operator_extra_links}) == len(
        task.operator_extra_links
    )
    return {link.name: link.get_link(task, ti_key=KEY) for link in task.operator_extra_links}


@pytest.mark.parametrize("prefix", ["", "/air/flow"])
def test_each_step_leads_to_what_it_was_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", f"https://data.example.org:8443{prefix}/")
    landing = {"Table": prefix + TABLE, "Landing": prefix + LANDING}
    rejects = {"Quarantine": f"{prefix}{TABLE}/quarantine"}
    checks = {"Gate results": f"{prefix}{TABLE}/quality"}
    assert buttons(tmp_path, "orders.land") == landing
    assert buttons(tmp_path, "orders.gate_bronze") == landing | checks
    assert buttons(tmp_path, "orders.clean") == landing | rejects
    assert buttons(tmp_path, "orders.gate_silver") == landing | checks | rejects
    assert buttons(tmp_path, "orders.publish") == landing | rejects
    table = f"{prefix}/medallion/tables/gold_lab.takings"
    assert buttons(tmp_path, "takings.build") == {"Table": table}
    assert buttons(tmp_path, "takings.publish") == {
        "Table": table,
        "Quarantine": f"{table}/quarantine",
        "Dashboard board": "https://bi.example.org/board?tab=1",
    }


def test_a_publication_leads_to_dashboards_of_other_specs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all specs when the DAG is made, and asked again by the task, which reads its own alone."""
    monkeypatch.setenv("MEDALLION_SUPERSET_URL", "https://bi.org")
    plan = plan_of_lab(tmp_path)
    board = Board(
        domain="head", name="board", slug="head-board", owner="", tables=("gold_lab.takings",)
    )
    own = {str(table): write_facts(facts) for table, facts in asset_facts(plan)}
    dag = build_dag(plan, "x.yaml", assets=Assets(plan, with_boards(own, [board])))
    task = dag.get_task("takings.publish")
    address = "https://bi.org/superset/dashboard/head-board/"
    assert shown(task)["Dashboard head-board"] == address
    assert [one.get("url") for one in task.outlets[0].extra["exposures"]][-1] == address
    assert "Dashboard head-board" not in shown(dag.get_task("orders.publish"))

    task = build_dag(plan, "x.yaml").get_task("takings.publish")
    assert "Dashboard head-board" not in shown(task)
    monkeypatch.setattr(operators, "boards_of_table", lambda _: (board,))
    monkeypatch.setattr(operators.StepOperator, "run_step", lambda *_: {})
    task.run_step({})
    assert shown(task)["Dashboard head-board"] == address
    assert "Dashboard board" in shown(task)
    events = {task.outlets[0]: SimpleNamespace()}
    run = SimpleNamespace(spec_digest="d", interval_start=date.min, interval_end=date.min)
    task.announce(
        {"outlet_events": events}, SimpleNamespace(run=run), StepResult(rows_in=0, rows_out=0)
    )
    (event,) = events.values()
    assert event.extra["dashboards"] == ["https://bi.example.org/board?tab=1", address]


def test_the_catalogue_has_these_pages() -> None:
    from medallion.airflow.pages.lazy import PREFIX
    from medallion.airflow.pages.table import router

    pages = {f"{PREFIX}{getattr(route, 'path', '')}" for route in router.routes}
    assert {f"{TABLES}/{{name}}{part}" for part in ("", "/quality", "/quarantine")} <= pages
