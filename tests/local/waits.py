"""Pipelines that wait in the triggerer, for messages and for a sync, and one that waits for any of
their tables."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from tests.airflow.airbyte.server import AirbyteServer, serve_airbyte
from tests.kafka_broker import Broker

from medallion.local.environment import postgres_connection

CONNECTION = "7f3ab2c1-9d7e-4c0e-8a55-2f1f3d6f0c11"
STREAM, SYNCED, EITHER = "waits.payments", "waits.customers", "waits.totals"
SYNC_TASK = f"airbyte-sync-{CONNECTION}"
TOPIC = "live-payments"
FILES = {
    "specs/waits/payments.yaml": f"""\
description: Payments as they happen.
schedule: "@continuous"
datasets:
  payments:
    source: {{type: kafka, conn_id: waits_broker, topic: {TOPIC}}}
    silver:
      write_disposition: append
      columns: {{id: {{type: bigint}}}}
""",
    "specs/waits/customers.yaml": f"""\
description: Customers, whom Airbyte brings.
schedule: null
retries: 0
datasets:
  customers:
    source:
      type: airbyte
      conn_id: waits_loads
      table: crm.customers
      sync: {{airbyte_conn_id: waits_airbyte, connection_id: {CONNECTION}}}
    silver: {{columns: {{id: {{type: bigint}}}}}}
""",
    "specs/waits/totals.yaml": """\
description: How many there are of either.
wait_for: any
gold:
  totals: {sql: totals.sql}
""",
    "include/sql/waits/totals.sql": """\
select (select count(*) from silver_waits.payments) as payments,
       (select count(*) from silver_waits.customers) as customers
""",
}
_LOADED = """
CREATE SCHEMA crm;
CREATE TABLE crm.customers (_airbyte_raw_id varchar NOT NULL, _airbyte_meta jsonb NOT NULL,
    _airbyte_extracted_at timestamptz NOT NULL, _airbyte_generation_id bigint, id bigint);
INSERT INTO crm.customers VALUES ('r1', '{"changes": []}', '2026-01-02 00:00Z', 1, 7);
"""
PATIENCE_SECONDS = 800.0


@dataclass(frozen=True, kw_only=True)
class Servers:
    """What the pipelines wait for."""

    broker: Broker
    airbyte: AirbyteServer

    def pay(self, *numbers: int) -> None:
        """A message each."""
        self.broker.write(TOPIC, [{"value": b'{"id": %d}' % number} for number in numbers])


@contextmanager
def serving(broker: Broker, loads_url: str) -> Iterator[Servers]:
    """A topic, and an Airbyte that has loaded a table; Airflow's connections to them."""
    broker.make_topic(name=TOPIC)
    with psycopg.connect(loads_url) as loads:
        loads.execute(_LOADED)
    with serve_airbyte() as airbyte, pytest.MonkeyPatch.context() as patch:
        airbyte.connections.add(CONNECTION)
        extra = {"conn_type": "kafka", "extra": broker.connection().extra}
        patch.setenv("AIRFLOW_CONN_WAITS_BROKER", json.dumps(extra))
        patch.setenv("AIRFLOW_CONN_WAITS_LOADS", postgres_connection(loads_url))
        patch.setenv("AIRFLOW_CONN_WAITS_AIRBYTE", airbyte.connection())
        yield Servers(broker=broker, airbyte=airbyte)


def write_specs(root: Path) -> None:
    """Put the pipelines into a project."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def pause(client: httpx.Client, dag_id: str, *, paused: bool) -> None:
    """Pause a DAG or let it run."""
    done = client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": paused})
    assert done.status_code == httpx.codes.OK, done.text


def runs_of(client: httpx.Client, dag_id: str) -> dict[str, str]:
    """Its runs with their states, the oldest first."""
    answer = client.get(f"/api/v2/dags/{dag_id}/dagRuns", params={"order_by": "id"}).json()
    return {one["dag_run_id"]: one["state"] for one in answer["dag_runs"]}


def runs_that_have_ended(client: httpx.Client, dag_id: str) -> set[str]:
    """Its runs, once all of them have succeeded; empty before."""
    found = runs_of(client, dag_id)
    return set(found) if set(found.values()) == {"success"} else set()


def find_deferred(client: httpx.Client, after: str) -> str:
    """The stream's run that waits in the triggerer, behind the first one and behind `after`."""

    def look() -> str:
        *before, last = list(runs_of(client, STREAM)) or [""]
        is_later = bool(before) and last != after
        state = state_of(client, STREAM, last, "wait_for_messages") if is_later else ""
        return last if state == "deferred" else ""

    return str(eventually(look, "a run waits in the triggerer"))


def state_of(client: httpx.Client, dag_id: str, run_id: str, task_id: str) -> str | None:
    """Airflow's state of a task."""
    place = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
    found: str | None = client.get(place).json().get("state")
    return found


def assets_that_started(client: httpx.Client, dag_id: str, run_id: str) -> set[str]:
    """The names of the assets whose events a run took."""
    place = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/upstreamAssetEvents"
    return {one["name"] for one in client.get(place).json()["asset_events"]}


def eventually(look: Callable[[], Any], what: str) -> Any:
    """What it gives, once it gives something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        time.sleep(0.3)
    return found
