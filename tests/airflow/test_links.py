"""The buttons on a task's page."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.airflow.lab import plan_of_lab

from medallion.airflow.addresses import TABLES
from medallion.airflow.factory import build_dag

KEY = SimpleNamespace(dag_id="lab.sales", run_id="manual__2026-01-01T00:00:00+00:00", map_index=-1)
TABLE = "/medallion/tables/silver_lab.orders"
LANDING = "/dags/lab.sales/runs/manual__2026-01-01T00%3A00%3A00%2B00%3A00/tasks/orders.land/xcom"


def buttons(root: Path, task_id: str) -> dict[str, str]:
    task = build_dag(plan_of_lab(root), "x.yaml").get_task(task_id)
    assert len({link.xcom_key for link in task.operator_extra_links}) == len(
        task.operator_extra_links
    )
    return {
        link.name: link.get_link(task, ti_key=KEY)  # type: ignore[arg-type]  # what it reads of it
        for link in task.operator_extra_links
    }


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


def test_the_catalogue_has_these_pages() -> None:
    from medallion.airflow.pages.lazy import PREFIX
    from medallion.airflow.pages.table import router

    pages = {f"{PREFIX}{getattr(route, 'path', '')}" for route in router.routes}
    assert {f"{TABLES}/{{name}}{part}" for part in ("", "/quality", "/quarantine")} <= pages
