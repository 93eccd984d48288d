"""A backfill of many runs, during which each component is killed in turn; and what came of it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
from tests.executors.till import FIRST, TILL, write_project

from medallion.bank.core_database import load
from medallion.bank.size import Size
from medallion.local import stack
from medallion.local.journal import Journal
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.processes import start_family, stop_families
from medallion.local.roles import ensure_local_roles
from medallion.local.settings import (
    ADMIN,
    StackSettings,
    admin_password,
    choose_ports,
    prepare,
)
from medallion.roots import PROJECT_ROOT

PATIENCE_SECONDS = 1500.0
QUIET_SECONDS = 12.0
"""Between what one kill has cost and the next one."""


@dataclass(frozen=True, kw_only=True)
class Killed:
    """One kill: seconds until it runs again, and until a task of the backfill ended again."""

    component: str
    restarted: float
    next_task_end: float
    longest_pause: float
    """Between two ends of tasks, from the kill on to the next one."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a drill has found."""

    copies: int
    runs: Mapping[str, int]
    tasks: int
    tries: int
    failed_tries: int
    rows: int
    distinct: int
    takings: int
    seconds: float
    load: float
    kills: tuple[Killed, ...]


@contextmanager
def running(root: Path, celery: Path, days: int, copies: int) -> Iterator[StackSettings]:
    """The stack with so many of each component, healthy enough to take a backfill."""
    project = write_project(root / "project", days, PROJECT_ROOT)
    paths = LocalPaths(
        project_root=project, state_root=root / "state", dags_folder=project / "dags"
    )
    try:
        stack.choose_executor(paths, celery)
        choose_ports(paths)
        settings = prepare(paths)
        ensure_local_roles(paths)
        load(settings.databases.bank_url, Size())
        stack.migrate(settings)
        Journal(paths.run).write_components({})
        words = [sys.executable, "-m", "tests.executors.pairs", str(project)]
        python_path = f"{PROJECT_ROOT / 'plugins'}:{PROJECT_ROOT}"
        _, family = start_family(
            [*words, str(paths.state_root), str(copies)],
            env={**os.environ, "PYTHONPATH": python_path, "MEDALLION_PROJECT_ROOT": str(project)},
            log=paths.logs / "supervisor.log",
            cwd=PROJECT_ROOT,
        )
        Journal(paths.run).write_supervisor(family)
        yield settings
    finally:
        journal = Journal(paths.run)
        supervisor = journal.supervisor()
        if supervisor is not None:
            stop_families([supervisor], patience_seconds=90)
        stop_families(journal.families(), patience_seconds=10)
        server = EmbeddedPostgres(paths.postgres)
        if server.running():
            server.stop()


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Wait for it; what it gave."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        time.sleep(0.5)
    return found


class Api:
    """Airflow's API, by whichever server answers."""

    def __init__(self, settings: StackSettings) -> None:
        self._settings = settings
        self._client = httpx.Client(base_url=settings.api_url, trust_env=False, timeout=30)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The answer as JSON; None while nobody answers."""
        with suppress(httpx.HTTPError, ValueError, KeyError):
            if "Authorization" not in self._client.headers:
                login = {"username": ADMIN, "password": admin_password(self._settings.paths)}
                token = self._client.post("/auth/token", json=login).json()["access_token"]
                self._client.headers["Authorization"] = f"Bearer {token}"
            answer = self._client.request(method, path, json=body)
            if answer.is_success:
                return answer.json()
        return None


def start_backfill(settings: StackSettings, days: int) -> None:
    """Ask for it as soon as the DAG is there."""
    api = Api(settings)
    eventually(lambda: api.ask("GET", f"/api/v2/dags/{TILL}"), "the DAG is there")
    eventually(
        lambda: api.ask("PATCH", f"/api/v2/dags/{TILL}", {"is_paused": False}), "it is unpaused"
    )
    wanted = {
        "dag_id": TILL,
        "from_date": f"{FIRST}T00:00:00Z",
        "to_date": f"{FIRST + timedelta(days=days - 1)}T00:00:00Z",
        "reprocess_behavior": "none",
        "max_active_runs": 4,
    }
    # An answer that comes too late may have been a yes: what counts is that there are runs.
    eventually(
        lambda: api.ask("POST", "/api/v2/backfills", wanted) or count_runs(settings),
        "the backfill is taken",
    )


def _ask(settings: StackSettings, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.databases.metadata_url) as connection:
        return connection.execute(question).fetchall()


def count_ended(settings: StackSettings) -> int:
    """Tasks of backfill runs that have ended well."""
    ((ended,),) = _ask(
        settings,
        "SELECT count(*) FROM task_instance WHERE run_id LIKE 'backfill%' AND state = 'success'",
    )
    return int(ended)


def count_runs(settings: StackSettings) -> dict[str, int]:
    """Backfill runs by their states."""
    found = _ask(
        settings, "SELECT state, count(*) FROM dag_run WHERE run_id LIKE 'backfill%' GROUP BY 1"
    )
    return {str(state): int(number) for state, number in found}


def kill_in_turn(settings: StackSettings, names: tuple[str, ...]) -> Iterator[Killed]:
    """`kill -9` on the whole family of each, once tasks run again after the one before."""
    journal = Journal(settings.paths.run)
    for name in names:
        time.sleep(QUIET_SECONDS)
        before = journal.components()[name]
        ended, began = count_ended(settings), time.monotonic()
        before.family.kill()
        restarted, first, last, pause = 0.0, 0.0, began, 0.0
        while not (restarted and first) or time.monotonic() - began < QUIET_SECONDS:
            assert time.monotonic() - began < PATIENCE_SECONDS, f"{name} did not recover"
            now = count_ended(settings)
            if now > ended:
                pause = max(pause, time.monotonic() - last)
                first = first or time.monotonic() - began
                ended, last = now, time.monotonic()
            entry = journal.components().get(name)
            if not restarted and entry is not None and entry.restarts > before.restarts:
                restarted = time.monotonic() - began
            if set(count_runs(settings)) <= {"success", "failed"}:
                break  # nothing is left to end
            time.sleep(0.25)
        yield Killed(
            component=name,
            restarted=round(restarted, 1),
            next_task_end=round(first, 1),
            longest_pause=round(pause, 1),
        )


def drill(settings: StackSettings, days: int, copies: int) -> Outcome:
    """The whole of it."""
    kinds = ("scheduler", "dag-processor", "api-server", "worker")
    names = tuple(f"{kind}-{one}" for one in range(1, copies + 1) for kind in kinds)
    began = time.monotonic()
    start_backfill(settings, days)
    eventually(lambda: count_ended(settings) > 10, "tasks end")
    kills = tuple(kill_in_turn(settings, names))
    eventually(
        lambda: (
            sum(count_runs(settings).values()) == days
            and set(count_runs(settings)) <= {"success", "failed"}
        ),
        "all runs have ended",
    )
    seconds = time.monotonic() - began
    ((tasks, tries, failed),) = _ask(
        settings,
        "SELECT count(*), sum(try_number), sum(try_number - 1) FROM task_instance"
        " WHERE run_id LIKE 'backfill%'",
    )
    with psycopg.connect(settings.databases.warehouse_url) as warehouse:
        found = warehouse.execute(
            "SELECT count(*), count(DISTINCT receipt),"
            " (SELECT sum(receipts) FROM gold_shop.takings) FROM silver_shop.receipts"
        ).fetchone()
    assert found is not None
    return Outcome(
        copies=copies,
        runs=count_runs(settings),
        tasks=int(tasks),
        tries=int(tries),
        failed_tries=int(failed),
        rows=int(found[0]),
        distinct=int(found[1]),
        takings=int(found[2]),
        seconds=round(seconds, 1),
        load=psutil.getloadavg()[2],
        kills=kills,
    )


def main(celery: Path, root: Path, days: int, copies: int) -> None:
    """Print what a drill finds, as JSON."""
    with running(root, celery, days, copies) as settings:
        outcome = drill(settings, days, copies)
    sys.stdout.write(json.dumps(asdict(outcome), indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
