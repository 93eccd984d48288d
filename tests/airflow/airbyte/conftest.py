"""An Airbyte on loopback, asked through Airflow's real provider, and a pipeline that syncs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.airflow.airbyte.server import AirbyteServer, serve_airbyte
from tests.docs.pages import Project

CONNECTION = "7f3ab2c1-9d7e-4c0e-8a55-2f1f3d6f0c11"
SPEC = f"""\
description: Customers and orders, which Airbyte brings.
schedule: "@daily"
start_date: 2026-01-01
retries: 0
datasets:
  customers:
    source:
      type: airbyte
      conn_id: crm_loads
      table: crm.customers
      sync: {{airbyte_conn_id: crm_airbyte, connection_id: {CONNECTION}, timeout: 2h}}
    silver: {{columns: {{id: {{type: bigint}}}}}}
  orders:
    source:
      type: airbyte
      conn_id: crm_loads
      table: crm.orders
      sync: {{airbyte_conn_id: crm_airbyte, connection_id: {CONNECTION}, timeout: 2h}}
    silver: {{columns: {{id: {{type: bigint}}}}}}
"""


@pytest.fixture
def airbyte(monkeypatch: pytest.MonkeyPatch) -> Iterator[AirbyteServer]:
    pytest.importorskip(
        "airflow.providers.airbyte",
        reason="apache-airflow-providers-airbyte is not installed (requirements-extras.in)",
    )
    with serve_airbyte() as server:
        server.connections.add(CONNECTION)
        monkeypatch.setenv("AIRFLOW_CONN_CRM_AIRBYTE", server.connection())
        yield server


@pytest.fixture
def project(tmp_path: Path, warehouse_db: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("AIRFLOW_CONN_MEDALLION_WAREHOUSE", warehouse_db)
    monkeypatch.setenv("MEDALLION_PROJECT_ROOT", str(tmp_path))
    made = Project(root=tmp_path, url=warehouse_db)
    made.write("specs/crm/customers.yaml", SPEC)
    assert made.problems() == []
    return made
