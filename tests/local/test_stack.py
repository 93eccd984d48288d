"""The whole local stack: up, a component killed, the database killed, down, nothing left."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pytest
from psycopg.conninfo import conninfo_to_dict

from medallion.local import stack
from medallion.local.__main__ import print_status as status
from medallion.local.health import HEALTHY, health
from medallion.local.heartbeats import read_heartbeats
from medallion.local.journal import Entry, Journal
from medallion.local.paths import LocalPaths
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.processes import Family
from medallion.local.settings import ADMIN, StackSettings, admin_password
from medallion.roots import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

DAG = """
from airflow.sdk import dag, task

@dag(schedule=None, is_paused_upon_creation=False)
def two_by_two():
    @task
    def product():
        return 2 * 2
    product()

two_by_two()
"""


def _eventually(condition: Callable[[], object], seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.5)


def _processes_below(folder: Path) -> list[str]:
    """Command lines of living processes that work in the folder or name it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            places = [*process.cmdline(), process.cwd()]
            if process.pid != os.getpid() and any(str(folder) in place for place in places):
                found.append(" ".join(process.cmdline()))
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackSettings]:
    root = tmp_path_factory.mktemp("stack")
    (root / "dags").mkdir()
    (root / "dags" / "two_by_two.py").write_text(DAG)
    paths = LocalPaths(
        project_root=PROJECT_ROOT, state_root=root / "state", dags_folder=root / "dags"
    )
    with pytest.MonkeyPatch.context() as patch, ExitStack() as thieves:
        patch.setenv("TMDB_TOKEN", "eyJ.not.used")  # no replay server: it has tests of its own
        patch.setenv("MEDALLION_PRELOAD", "0")
        lost: list[int] = []

        def take_the_port(settings: StackSettings, say: Callable[[str], None]) -> None:
            """As a stack does that starts at the same moment: it is the first to listen."""
            if not lost:
                lost.append(settings.ports.api)
                thieves.enter_context(socket.create_server(("127.0.0.1", settings.ports.api)))
            migrate(settings, say)

        migrate = stack.migrate
        patch.setattr(stack, "migrate", take_the_port)
        try:
            settings = stack.up(paths)
            assert settings.ports.api not in lost
            yield settings
        finally:
            stack.down(paths)


@pytest.fixture
def journal(running: StackSettings) -> Journal:
    return Journal(running.paths.run)


@pytest.fixture
def api(running: StackSettings) -> Iterator[httpx.Client]:
    login = {"username": ADMIN, "password": admin_password(running.paths)}
    with httpx.Client(base_url=running.api_url, trust_env=False, timeout=30) as client:
        token = client.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def _run_to_success(api: httpx.Client) -> None:
    _eventually(lambda: api.get("/api/v2/dags/two_by_two").status_code == 200)
    run = api.post("/api/v2/dags/two_by_two/dagRuns", json={"logical_date": None, "conf": {}})
    path = f"/api/v2/dags/two_by_two/dagRuns/{run.raise_for_status().json()['dag_run_id']}"
    _eventually(lambda: api.get(path).json()["state"] in ("success", "failed"))
    assert api.get(path).json()["state"] == "success"


def _healthy(running: StackSettings) -> bool:
    states = health(running, Journal(running.paths.run))
    return set(states.values()) == {HEALTHY}


def _restarted(journal: Journal, name: str, before: Entry) -> bool:
    now = journal.components().get(name)
    return now is not None and now.restarts > before.restarts


def test_a_dag_runs_on_the_local_stack(running: StackSettings, api: httpx.Client) -> None:
    _run_to_success(api)


def test_the_heartbeats_are_read_and_go_on(running: StackSettings) -> None:
    before = read_heartbeats(running.api_url)
    assert set(before) == {"scheduler", "dag-processor", "triggerer"}

    def is_later() -> bool:
        now = read_heartbeats(running.api_url)
        return all(now.get(name, beat) > beat for name, beat in before.items())

    _eventually(is_later)
    assert "monitor/health" not in (running.paths.logs / "supervisor.log").read_text()


def test_a_wrong_password_is_refused(running: StackSettings) -> None:
    login = {"username": ADMIN, "password": "admin"}
    with httpx.Client(base_url=running.api_url, trust_env=False, timeout=30) as client:
        assert client.post("/auth/token", json=login).status_code == 401


def test_status_says_where_the_warehouse_is_without_its_password(
    running: StackSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(running.paths) == 0
    said = capsys.readouterr().out
    place = conninfo_to_dict(running.databases.warehouse_url)
    for key in ("host", "port", "dbname", "user"):
        assert f"{key}={place[key]}" in said
    assert str(place["password"]) not in said
    assert "GiB used" in said
    assert "database " in said
    assert "0 late, 0 behind" in said


def test_up_again_changes_nothing(running: StackSettings, journal: Journal) -> None:
    before = journal.components()
    said: list[str] = []
    assert stack.up(running.paths, said.append) == running
    assert said[0] == "The stack is already running."
    assert journal.components() == before


def test_a_killed_scheduler_comes_back_and_schedules(
    running: StackSettings, journal: Journal, api: httpx.Client
) -> None:
    before = journal.components()["scheduler"]
    os.kill(before.family.leader, signal.SIGKILL)
    _eventually(lambda: _restarted(journal, "scheduler", before))
    assert before.family.members() == []
    _eventually(lambda: _healthy(running))
    _run_to_success(api)


def test_a_killed_database_comes_back_and_everything_with_it(
    running: StackSettings, api: httpx.Client
) -> None:
    """Also where the scheduler, as it ends, waits for a worker forever: after two minutes without a
    heartbeat it is ended."""
    server = EmbeddedPostgres(running.paths.postgres)
    killed = server.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    _eventually(lambda: server.pid() not in (None, killed))
    _eventually(lambda: _healthy(running))
    _run_to_success(api)


def test_after_the_supervisor_was_killed_up_replaces_what_it_left(
    running: StackSettings, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = journal.supervisor()
    assert supervisor is not None
    orphans = [entry.family for entry in journal.components().values()]
    os.kill(supervisor.leader, signal.SIGKILL)
    _eventually(lambda: not stack.is_up(running.paths))
    assert all(family.members() for family in orphans)
    assert set(stack.find_unsupervised(running.paths)) == set(journal.components())
    assert status(running.paths) == 3
    said = capsys.readouterr().out
    assert "scheduler      unsupervised" in said
    assert "nobody starts it again when it dies" in said
    stack.up(running.paths, lambda _: None)
    assert stack.find_unsupervised(running.paths) == {}
    assert not [family for family in orphans if family.members()]


def test_down_leaves_no_process_and_no_listener(running: StackSettings, journal: Journal) -> None:
    families: list[Family] = journal.families()
    ours = {member.pid for family in families for member in family.members()}
    stack.down(running.paths, lambda _: None)
    assert not [family for family in families if family.members()]
    assert _processes_below(running.paths.state_root) == []
    # The API's port is free again, and somebody else may have taken it.
    listening = {c.pid for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    assert ours.isdisjoint(listening)
    port = EmbeddedPostgres(running.paths.postgres).info().port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    stack.down(running.paths, lambda _: None)  # harmless
