"""Triggers and follows a run in the local Airflow, over its REST API (v2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from medallion.errors import SetupError
from medallion.local.settings import ADMIN, StackSettings, admin_password

ENDED = ("success", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """A triggered run. Each method asks the API.

    Raises, from its methods:
        SetupError: the API refuses; its own words are in the message.
    """

    client: httpx.Client
    dag_id: str
    run_id: str

    def state(self) -> str:
        """Airflow's state of the run: queued, running, success or failed."""
        answer = _check(self.client.get(f"/api/v2/dags/{self.dag_id}/dagRuns/{self.run_id}"))
        return str(answer["state"])

    def has_finished(self) -> bool:
        """Whether it has ended, successfully or not."""
        return self.state() in ENDED

    def has_succeeded(self) -> bool:
        """Whether it has ended successfully."""
        return self.state() == "success"


def trigger(
    settings: StackSettings, dag_id: str, conf: Mapping[str, object] | None = None
) -> LiveRun:
    """Unpause the DAG and start a manual run with `conf` as its params.

    Raises:
        SetupError: the API refuses; its own words are in the message.
    """
    # No proxy, whatever the environment says: it is this machine.
    client = httpx.Client(base_url=settings.api_url, trust_env=False, timeout=30.0)
    login = {"username": ADMIN, "password": admin_password(settings.paths)}
    token = _check(client.post("/auth/token", json=login))["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    _check(client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}))
    body = {"logical_date": None, "conf": dict(conf or {})}
    run = _check(client.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body))
    return LiveRun(client=client, dag_id=dag_id, run_id=str(run["dag_run_id"]))


def _check(response: httpx.Response) -> dict[str, object]:
    if response.is_error:
        raise SetupError(
            f"Airflow's API answered {response.status_code} to {response.request.url.path}: "
            f"{response.text[:300]}",
            remedy="`make status` says how the local Airflow is; its logs: `make logs`",
        )
    answer: dict[str, object] = response.json()
    return answer
