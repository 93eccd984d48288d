"""The local stack under CeleryExecutor, for real: a broker, two workers, and what can happen to
them while a task runs. `make suite-executors` installs what it needs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.executors.till import HELD, HeldApi, held_api, write_project

from medallion.cli.live_run import LiveRun, trigger
from medallion.errors import SetupError
from medallion.local import stack
from medallion.local.celery.processes import BROKER, worker_names
from medallion.local.health import HEALTHY, health
from medallion.local.journal import Entry, Journal
from medallion.local.paths import LocalPaths
from medallion.local.settings import StackSettings
from medallion.roots import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CELERY = Path(os.environ.get("MEDALLION_CELERY_VENV", PROJECT_ROOT / ".medallion/celery/venv"))
PATIENCE_SECONDS = 600.0
LAND = "orders.land"


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        time.sleep(0.25)


@dataclass(frozen=True, kw_only=True)
class Live:
    """The running stack, and the API that its tasks wait for."""

    settings: StackSettings
    api: HeldApi

    @property
    def components(self) -> Mapping[str, Entry]:
        """What runs of it."""
        return Journal(self.settings.paths.run).components()

    def is_back(self, name: str, before: Entry) -> bool:
        """Whether the supervisor has started it again."""
        now = self.components.get(name)
        return now is not None and now.restarts > before.restarts

    def start(self) -> LiveRun:
        """A run, once the DAG is there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return trigger(self.settings, HELD)
            except (SetupError, httpx.HTTPError):
                assert time.monotonic() < deadline
                time.sleep(1)

    def start_and_hold(self) -> tuple[LiveRun, str]:
        """A run whose land task waits for the API; and the worker that runs it."""
        self.api.open.clear()
        asked = self.api.asked
        run = self.start()
        eventually(lambda: self.api.asked > asked, "the task asks the API")
        return run, self.worker_of(run)

    def worker_of(self, run: LiveRun) -> str:
        """The worker whose family has a connection to the API."""
        for name in worker_names():
            for member in self.components[name].family.members():
                with suppress(Exception):
                    for one in member.net_connections("tcp"):
                        if one.raddr and one.raddr.port == self.api.port:
                            return name
        raise AssertionError(f"no worker runs a task of {run.run_id}")

    def finish(self, run: LiveRun) -> dict[str, int]:
        """Let the API answer, wait for the run's success, and give the tries of its tasks."""
        self.api.open.set()
        eventually(lambda: _state(run) in ("success", "failed"), "the run ends")
        answer = run.client.get(f"/api/v2/dags/{HELD}/dagRuns/{run.run_id}/taskInstances").json()
        states = {one["task_id"]: one["state"] for one in answer["task_instances"]}
        assert set(states.values()) == {"success"}, states
        return {one["task_id"]: one["try_number"] for one in answer["task_instances"]}

    def rows(self, run: LiveRun) -> tuple[int, int, int]:
        """Rows of silver, orders counted in gold, publications of silver by the run."""
        with psycopg.connect(self.settings.databases.warehouse_url) as warehouse:
            found = warehouse.execute(
                "SELECT (SELECT count(*) FROM silver_shop.orders),"
                " (SELECT sum(orders) FROM gold_shop.totals),"
                " (SELECT count(*) FROM medallion.publications"
                "  WHERE run_id = %s AND table_name = 'orders')",
                [run.run_id],
            ).fetchone()
        assert found is not None
        return int(found[0]), int(found[1]), int(found[2])


def _state(run: LiveRun) -> str:
    """Of a run; empty while the API server does not answer."""
    try:
        return run.state()
    except (SetupError, httpx.HTTPError):
        return ""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    assert (CELERY / "bin" / "celery").exists(), "make suite-executors installs it"
    project = write_project(tmp_path_factory.mktemp("project"), 1, PROJECT_ROOT)
    paths = LocalPaths(
        project_root=project,
        state_root=tmp_path_factory.mktemp("state"),
        dags_folder=project / "dags",
    )
    with held_api() as api, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_SHOP_API", api.connection)
        patch.setenv("TMDB_TOKEN", "eyJ.not.used")
        try:
            stack.choose_executor(paths, CELERY)
            yield Live(settings=stack.up(paths), api=api)
        finally:
            api.open.set()
            stack.down(paths)


def test_a_run_goes_to_gold_in_workers(live: Live) -> None:
    run = live.start()
    tries = live.finish(run)
    assert set(tries.values()) == {1}
    assert live.rows(run) == (10, 10, 1)
    assert set(health(live.settings, Journal(live.settings.paths.run)).values()) == {HEALTHY}
    assert {BROKER, *worker_names()} <= set(live.components)


def test_a_worker_has_loaded_what_tasks_need_before_it_forks(live: Live) -> None:
    logs = live.settings.paths.logs
    for name in worker_names():
        log = (logs / f"{name}.log").read_text()
        assert "Medallion loaded what tasks need" in log, name
        # Whether the DAG processor was there first.
        assert "as the DAG processor has accepted them" in log or "knows of no spec" in log, name


def test_the_task_of_a_worker_that_is_killed_is_tried_again(live: Live) -> None:
    run, worker = live.start_and_hold()
    before = live.components[worker]
    before.family.kill()  # with all its processes, as a machine that is gone
    eventually(lambda: live.is_back(worker, before), "it is restarted")
    tries = live.finish(run)
    assert tries.pop(LAND) == 2
    assert set(tries.values()) == {1}
    assert live.rows(run) == (10, 10, 1)


def test_a_worker_that_is_drained_ends_its_task_first(live: Live) -> None:
    run, worker = live.start_and_hold()
    before = live.components[worker]
    os.kill(before.family.leader, signal.SIGTERM)
    log = live.settings.paths.logs / f"{worker}.log"
    eventually(lambda: "Warm shutdown" in log.read_text(), "it says that it takes no more")
    time.sleep(5)
    assert before.family.is_led(), "it waits for its task"
    tries = live.finish(run)
    assert set(tries.values()) == {1}
    assert live.rows(run) == (10, 10, 1)
    eventually(lambda: live.is_back(worker, before), "it has ended")


def test_a_broker_that_is_killed_comes_back_and_nothing_is_lost_or_doubled(live: Live) -> None:
    first, _ = live.start_and_hold()
    before = live.components[BROKER]
    before.family.kill()
    second = live.start()  # queued while there is no broker, or as it comes back
    eventually(lambda: live.is_back(BROKER, before), "it is back")
    for run in (first, second):
        assert live.finish(run)
        assert live.rows(run) == (10, 10, 1)
    assert {live.finish(first)[LAND], live.finish(second)[LAND]} <= {1, 2}
