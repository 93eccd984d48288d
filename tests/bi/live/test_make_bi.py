"""`make bi`: the whole stack with Superset, twice, killed, and gone without a trace."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.server import SupersetServer
from medallion.errors import SetupError
from medallion.local import stack
from medallion.local.__main__ import main
from medallion.local.health import HEALTHY, health
from medallion.local.journal import Journal
from medallion.local.paths import LocalPaths
from medallion.local.settings import StackSettings
from medallion.local.superset.process import NAME
from medallion.local.superset.settings import (
    ADMIN,
    SupersetSettings,
    find_remembered_environment,
    superset_password,
)
from medallion.roots import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> LocalPaths:
    root = tmp_path_factory.mktemp("bi")
    (root / "dags").mkdir()
    return LocalPaths(
        project_root=PROJECT_ROOT, state_root=root / "state", dags_folder=root / "dags"
    )


@pytest.fixture(scope="module")
def running(paths: LocalPaths, superset_environment_folder: Path) -> Iterator[StackSettings]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMDB_TOKEN", "eyJ.not.used")
        patch.setenv("MEDALLION_PRELOAD", "0")
        try:
            yield stack.up_with_superset(paths, superset_environment_folder)
        finally:
            stack.down(paths)


@pytest.fixture
def superset_settings(running: StackSettings) -> SupersetSettings:
    assert running.superset is not None
    return running.superset


def _eventually(condition: Callable[[], object], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.5)


def _restarts(paths: LocalPaths) -> int:
    entry = Journal(paths.run).components().get(NAME)
    return entry.restarts if entry else 0


def _logs_in(paths: LocalPaths, settings: SupersetSettings) -> bool:
    password = superset_password(paths, ADMIN)
    server = SupersetServer(url=settings.url, username=ADMIN, password=password)
    with SupersetClient(server) as client:
        return "Admin" in {role.name for role in client.roles()}


def test_it_runs_with_the_rest_and_its_login_is_printed(
    paths: LocalPaths,
    running: StackSettings,
    superset_settings: SupersetSettings,
    superset_environment_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _logs_in(paths, superset_settings)
    assert health(running, Journal(paths.run))[NAME] == HEALTHY
    monkeypatch.setenv("MEDALLION_STATE_ROOT", str(paths.state_root))
    monkeypatch.setenv("MEDALLION_DAGS_FOLDER", str(paths.dags_folder))
    for words in (["bi", "--environment", str(superset_environment_folder)], ["status"]):
        assert main(words) == 0
        said = capsys.readouterr().out
        assert f"Superset  {superset_settings.url}\nuser      admin\n" in said
        assert superset_password(paths, ADMIN) in said
        assert "superset_reader" not in said
    assert f"{NAME}       healthy" in said


def test_a_second_time_nothing_changes(
    paths: LocalPaths, running: StackSettings, superset_environment_folder: Path
) -> None:
    before = Journal(paths.run).components()
    said: list[str] = []
    assert stack.up_with_superset(paths, superset_environment_folder, said.append) == running
    assert said[0] == "The stack is already running."
    assert Journal(paths.run).components() == before
    assert find_remembered_environment(paths) == superset_environment_folder


def test_killed_it_comes_back(
    paths: LocalPaths, running: StackSettings, superset_settings: SupersetSettings
) -> None:
    before = Journal(paths.run).components()[NAME]
    others = {n: e for n, e in Journal(paths.run).components().items() if n != NAME}
    os.kill(before.family.leader, signal.SIGKILL)
    _eventually(lambda: _restarts(paths) > before.restarts)
    assert before.family.members() == []
    _eventually(lambda: health(running, Journal(paths.run))[NAME] == HEALTHY)
    assert _logs_in(paths, superset_settings)
    now = {n: e for n, e in Journal(paths.run).components().items() if n != NAME}
    assert now == others


def test_it_listens_on_this_machine_only(paths: LocalPaths, running: StackSettings) -> None:
    family = Journal(paths.run).components()[NAME].family
    addresses = {address for address, _ in family.listeners()}
    assert addresses == {"127.0.0.1"}


def test_what_it_makes_is_for_its_owner(
    paths: LocalPaths, running: StackSettings, may_stranger_read: Callable[[Path], bool]
) -> None:
    assert not may_stranger_read(paths.superset)
    assert not may_stranger_read(paths.secrets / "superset_key.secret")
    assert not may_stranger_read(paths.logs / f"{NAME}.log")
    log = (paths.logs / f"{NAME}.log").read_text() + (
        paths.logs / "superset-bootstrap.log"
    ).read_text()
    for secret in paths.secrets.glob("superset*.secret"):
        assert secret.read_text() not in log, secret


def test_a_warehouse_elsewhere_needs_a_login_for_it(
    paths: LocalPaths,
    running: StackSettings,
    superset_environment_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEDALLION_WAREHOUSE_URL", running.databases.warehouse_url)
    with pytest.raises(SetupError, match="how Superset reads") as raised:
        stack.up_with_superset(paths, superset_environment_folder, lambda _: None)
    assert "MEDALLION_SUPERSET_WAREHOUSE_URL" in raised.value.remedy


def test_down_ends_it(paths: LocalPaths, running: StackSettings) -> None:
    family = Journal(paths.run).components()[NAME].family
    stack.down(paths, lambda _: None)
    assert family.members() == []
