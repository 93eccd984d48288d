"""One real Superset for all tests of this folder, on an embedded PostgreSQL of its own: `make
suite-bi`. It is installed from superset/requirements.txt when it is needed for the first time.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from medallion.bi.superset.client import SupersetClient
from medallion.bi.superset.server import SupersetServer
from medallion.local.databases import WAREHOUSE, start_databases
from medallion.local.paths import LocalPaths
from medallion.local.ports import free_port
from medallion.local.postgres import EmbeddedPostgres
from medallion.local.processes import Family, start_family
from medallion.local.superset.environment import superset_environment
from medallion.local.superset.process import bring_in_step, serving_command
from medallion.local.superset.settings import (
    ADMIN,
    BOT,
    SupersetSettings,
    remember_environment,
    superset_password,
    superset_settings,
)
from medallion.roots import PROJECT_ROOT

INSTALLED = "MEDALLION_SUPERSET_ENVIRONMENT"
"""A virtual environment that has Superset already, instead of the project's own."""
STARTS_WITHIN_SECONDS = 240


@dataclass(frozen=True, kw_only=True)
class RunningSuperset:
    """A Superset, and the warehouse that it reads as `superset_reader`."""

    paths: LocalPaths
    settings: SupersetSettings
    postgres: EmbeddedPostgres
    loader_url: str
    """The warehouse as the loader: what it grants to bi_reader, Superset reads."""

    @property
    def admin_url(self) -> str:
        """The warehouse as the superuser."""
        return self.postgres.url(WAREHOUSE)

    def server(self, user: str = BOT) -> SupersetServer:
        """As one of its two users."""
        password = superset_password(self.paths, user)
        return SupersetServer(url=self.settings.url, username=user, password=password)

    def as_person(self) -> SupersetServer:
        """As the person who is its administrator."""
        return self.server(ADMIN)


@pytest.fixture(scope="session")
def superset_environment_folder() -> Path:
    """Where Superset is installed."""
    if given := os.environ.get(INSTALLED):
        return Path(given)
    subprocess.run(["make", "--silent", "superset-env"], cwd=PROJECT_ROOT, check=True)
    return PROJECT_ROOT / ".medallion" / "superset" / "venv"


@pytest.fixture(scope="session")
def running_superset(
    superset_environment_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSuperset]:
    state = tmp_path_factory.mktemp("superset")
    paths = LocalPaths(project_root=PROJECT_ROOT, state_root=state, dags_folder=state)
    postgres = EmbeddedPostgres(paths.postgres)
    try:
        databases = start_databases(paths, {})
        remember_environment(paths, superset_environment_folder)
        settings = superset_settings(paths, free_port(), {})
        assert settings is not None
        bring_in_step(settings, paths, lambda _: None, always=False)
        process, family = start_family(
            serving_command(settings),
            env=superset_environment(settings, paths),
            log=paths.logs / "superset.log",
            cwd=paths.superset,
        )
        try:
            _wait(settings, process, family, paths.logs / "superset.log")
            yield RunningSuperset(
                paths=paths,
                settings=settings,
                postgres=postgres,
                loader_url=databases.warehouse_url,
            )
        finally:
            family.kill()
            process.wait(10)
    finally:
        postgres.stop()


@pytest.fixture
def superset(running_superset: RunningSuperset) -> Iterator[SupersetClient]:
    """A client of the bot that brings what specs declare."""
    with SupersetClient(running_superset.server()) as client:
        yield client


@pytest.fixture(scope="session")
def lab_table(running_superset: RunningSuperset) -> str:
    """A gold table of three rows that bi_reader may read, and one beside it that it may not."""
    with psycopg.connect(running_superset.loader_url) as loader:
        loader.execute("CREATE SCHEMA gold_lab; GRANT USAGE ON SCHEMA gold_lab TO bi_reader")
        loader.execute(
            "CREATE TABLE gold_lab.readings AS SELECT n AS id, (n * 1.5)::numeric(20, 3) AS value,"
            " timestamptz '2026-01-01 23:30+00' + n * interval '1 day' AS taken_at,"
            " 9007199254740993 + n AS large FROM generate_series(1, 3) AS n"
        )
        loader.execute("CREATE TABLE gold_lab.secret AS SELECT 1 AS id")
        loader.execute("GRANT SELECT ON gold_lab.readings TO bi_reader")
    return "gold_lab.readings"


def _wait(
    settings: SupersetSettings, process: subprocess.Popen[bytes], family: Family, log: Path
) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{settings.url}/health", trust_env=False).text == "OK":
                assert family.listens_on(settings.port)
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
