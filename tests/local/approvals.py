"""A pipeline whose publications wait for a person, in a copy of the project."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import httpx

from medallion.cli.live_run import LiveRun

DAG_ID = "lab.heat"
TABLE = "silver_lab.readings"
POOL = "one_at_a_time"
FILES = {
    "specs/lab/heat.yaml": """\
description: How warm rooms are.
max_active_runs: 2
pool: one_at_a_time
datasets:
  readings:
    source: {type: file, path: include/data/lab/readings.csv}
    silver:
      primary_key: [room]
      columns: {room: {type: text}, degrees: {type: bigint}}
      approval: {required: always, timeout: 1d, approvers: [admin]}
gold:
  warm: {sql: warm.sql, primary_key: [room], approval: {approvers: [somebody else]}}
""",
    "include/sql/lab/warm.sql": "SELECT room, degrees FROM silver_lab.readings",
    "include/data/lab/readings.csv": "room,degrees\nkitchen,20\nhall,18\n",
}

PATIENCE_SECONDS = 600
"""Without any change: longer than the wait before a retry, and than Airflow needs to see that a
task has died."""

HOOK = "cinema_hook"
ALERTS = f"alerts: [{{conn_id: {HOOK}, events: [backfill_finished]}}]\n"
"""Of the domain cinema, whose pipeline is backfilled."""


def project_with_approvals(project: Path, root: Path) -> Path:
    """A copy of the project with that pipeline in it, and with a channel for cinema's messages."""
    for name in ("specs", "include", "dags"):
        # Another process may be writing bytecode into it just now.
        shutil.copytree(project / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "plugins").symlink_to(project / "plugins")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    with (root / "specs/cinema/domain.yaml").open("a", encoding="utf-8") as domain:
        domain.write(ALERTS)
    return root


def make_pool(client: httpx.Client) -> None:
    """Of one slot: what waits in it and holds it would hold up everything."""
    made = client.post("/api/v2/pools", json={"name": POOL, "slots": 1})
    assert made.status_code == httpx.codes.CREATED, made.text


def wait_for(run: LiveRun, task_id: str, state: str) -> None:
    """Until a task is in a state. Patience ends where no task of the DAG's runs changes its own
    any more: how long each takes is a matter of the machine."""
    before, until = "", 0.0
    while state_of(run, task_id) != state:
        if (now := _states(run)) != before:
            before, until = now, time.monotonic() + PATIENCE_SECONDS
        assert time.monotonic() < until, f"{task_id} is not {state}:\n{now}"
        time.sleep(0.3)


def state_of(run: LiveRun, task_id: str) -> str | None:
    """Airflow's state of a task."""
    found: str | None = run.client.get(_task(run, task_id)).json()["state"]
    return found


def wait_until_asked(run: LiveRun, task_id: str, scheduler_log: Path) -> None:
    """Until a person is asked, and the scheduler has seen that the process which asked has ended.

    Airflow 3.3.2 takes that end for the failure of the process which the answer starts, where it
    sees the one after the other (https://github.com/apache/airflow/issues/72716). A person takes
    longer to answer.
    """
    wait_for(run, task_id, "awaiting_input")
    until = time.monotonic() + PATIENCE_SECONDS
    words = ("TaskInstance Finished", f"task_id={task_id},", run.run_id, "state=awaiting_input")
    while not any(
        all(word in line for word in words) for line in scheduler_log.read_text().splitlines()
    ):
        assert time.monotonic() < until, f"the scheduler has not seen the end of {task_id}"
        time.sleep(0.3)


def request_of(run: LiveRun, task_id: str) -> dict[str, Any]:
    """What a person is asked."""
    found: dict[str, Any] = run.client.get(f"{_task(run, task_id)}/-1/hitlDetails").json()
    return found


def answer(run: LiveRun, task_id: str, option: str, comment: str = "") -> httpx.Response:
    """As the form of Airflow's page sends it."""
    code = request_of(run, task_id)["params"]["code"]["value"]
    return run.client.patch(
        f"{_task(run, task_id)}/-1/hitlDetails",
        json={"chosen_options": [option], "params_input": {"comment": comment, "code": code}},
    )


def clear(run: LiveRun, task_id: str) -> None:
    """Have a task of a run that has ended run again."""
    cleared = run.client.post(
        f"/api/v2/dags/{run.dag_id}/clearTaskInstances",
        json={
            "dry_run": False,
            "dag_run_id": run.run_id,
            "task_ids": [task_id],
            "only_failed": False,
            "reset_dag_runs": True,
        },
    )
    assert cleared.status_code == httpx.codes.OK, cleared.text


def _task(run: LiveRun, task_id: str) -> str:
    return f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}"


def _states(run: LiveRun) -> str:
    """Of all tasks of all runs of its DAG, a line each."""
    answer = run.client.get(f"/api/v2/dags/{run.dag_id}/dagRuns/~/taskInstances").json()
    return "\n".join(
        sorted(
            f"{one['dag_run_id']} {one['task_id']}: {one['state']}, try {one['try_number']}"
            for one in answer["task_instances"]
        )
    )
