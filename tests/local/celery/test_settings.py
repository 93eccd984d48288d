"""Which executor the local stack has, and what its components and variables are then. The stack
itself runs under Celery in tests/executors."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from medallion.errors import SetupError
from medallion.local.__main__ import main
from medallion.local.celery import settings as module
from medallion.local.celery.processes import BROKER, worker_names
from medallion.local.celery.settings import celery_settings, forget_celery, remember_celery
from medallion.local.components import components
from medallion.local.databases import Databases
from medallion.local.environment import SECRET_VARIABLES, airflow_environment
from medallion.local.paths import LocalPaths
from medallion.local.settings import Ports, StackSettings


@pytest.fixture
def paths(tmp_path: Path) -> LocalPaths:
    return LocalPaths(project_root=tmp_path, state_root=tmp_path / "state", dags_folder=tmp_path)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with Celery, and a machine with Redis."""
    environment = tmp_path / "venv"
    for folder, name in ((environment / "bin", "celery"), (tmp_path / "programs", module.REDIS)):
        folder.mkdir(parents=True)
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return environment


@pytest.fixture
def stack_of(paths: LocalPaths) -> Callable[[], StackSettings]:
    databases = Databases(
        metadata_url="postgresql://a:b@127.0.0.1:5433/airflow",
        warehouse_url="postgresql://a:b@127.0.0.1:5433/warehouse",
        bank_url="postgresql://a:b@127.0.0.1:5433/bank",
    )
    plain = StackSettings(
        paths=paths,
        databases=databases,
        ports=Ports(api=8081, replay=8082, rates=8085, broker=6399),
        uses_replay=False,
    )
    return lambda: replace(plain, celery=celery_settings(paths, plain.ports.broker))


def test_the_executor_is_remembered_and_forgotten(
    installed: Path, paths: LocalPaths, stack_of: Callable[[], StackSettings]
) -> None:
    before = {one.name for one in components(stack_of())}
    assert airflow_environment(stack_of(), {})["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    remember_celery(paths, installed)
    found = {one.name: one for one in components(stack_of())}
    assert set(found) - before == {BROKER, *worker_names()}
    assert found["scheduler"].argv[0] == str(installed / "bin" / "python")
    assert found["worker-1"].argv != found["worker-2"].argv
    environment = airflow_environment(stack_of(), {})
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "4", "as many as there are slots"
    forget_celery(paths)
    assert {one.name for one in components(stack_of())} == before
    forget_celery(paths)  # harmless


def test_the_brokers_password_is_secret(
    installed: Path, paths: LocalPaths, stack_of: Callable[[], StackSettings]
) -> None:
    remember_celery(paths, installed)
    settings = stack_of()
    assert settings.celery is not None
    password = settings.celery.password
    held = {name for name, text in airflow_environment(settings, {}).items() if password in text}
    assert held == {"AIRFLOW__CELERY__BROKER_URL"} & SECRET_VARIABLES
    commands = [word for one in components(settings) for word in one.argv]
    assert not [word for word in commands if password in word]
    config = paths.run / BROKER / "redis.conf"
    assert password in config.read_text()
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert password not in repr(settings)


def test_an_environment_that_is_gone_leaves_the_stack_as_it_was(
    installed: Path, paths: LocalPaths
) -> None:
    remember_celery(paths, installed)
    (installed / "bin" / "celery").unlink()
    assert celery_settings(paths, 6399) is None


def test_what_is_missing_is_named(
    installed: Path,
    paths: LocalPaths,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SetupError, match="There is no Celery in "):
        remember_celery(paths, tmp_path / "elsewhere")
    monkeypatch.setattr(module, "REDIS", "no-such-redis-server")
    with pytest.raises(SetupError, match="no redis-server on this machine"):
        remember_celery(paths, installed)
    assert celery_settings(paths, 6399) is None
    monkeypatch.setenv("MEDALLION_STATE_ROOT", str(tmp_path / "own"))
    assert main(["up", "--executor", "celery"]) == 1
    assert "It is not known where Airflow with Celery is installed" in capsys.readouterr().err
