"""What many tests stand on: a real PostgreSQL, and a fresh database for each test."""

from __future__ import annotations

import logging
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from tests.s3_server import s3, s3_by_airflow
from tests.storage_servers import azurite, ftp, sftp

from medallion.local.postgres import EmbeddedPostgres
from medallion.names import (
    CATALOGUE_READER,
    ENVIRONMENT_PREFIX,
    JOURNAL_KEEPER,
    METRICS_READER,
    STAGING_WRITER_PREFIX,
    WORKER_PREFIX,
)

if TYPE_CHECKING:
    from tests.kafka_broker import Broker

# Here once for all: a room that imports them for itself has servers of its own, and an Azurite of
# another room would be the one that the environment's connection names.
__all__ = ["azurite", "ftp", "s3", "s3_by_airflow", "sftp"]

TEMPORARY_ROOT = "PYTEST_DEBUG_TEMPROOT"
OWN_ROOT = pytest.StashKey[str]()
RUN_AIRFLOW = (
    "tests/local/test_live_pipeline.py",
    "tests/local/test_stack.py",
    "tests/cli/test_demo.py",
    "tests/airflow/test_live_parsing.py",
)
"""The files whose tests start Airflow's own processes."""


def pytest_configure(config: pytest.Config) -> None:
    """A temporary root of this run's own: a second run beside it, as root, would take the rights on
    a shared one away from the user that PostgreSQL runs as.
    """
    if TEMPORARY_ROOT not in os.environ:
        os.environ[TEMPORARY_ROOT] = config.stash[OWN_ROOT] = tempfile.mkdtemp(
            prefix="medallion-tests-"
        )
    # A third of it is for compiling specs: tests run on machines that are busy.
    os.environ.setdefault("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "300")
    # No property depends on how fast a busy machine draws or tries its values, and the examples of
    # one share its folder and its database.
    shared = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    # The same values in each run: where one fails, the change is what is new. Whoever says how many
    # have to be tried gets others each time.
    settings.register_profile(
        "medallion",
        deadline=None,
        derandomize="MEDALLION_EXAMPLES" not in os.environ,
        suppress_health_check=shared,
    )
    settings.load_profile("medallion")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Leave nothing behind, but what may explain a failure."""
    if exitstatus == 0 and OWN_ROOT in session.config.stash:
        shutil.rmtree(session.config.stash[OWN_ROOT], ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that run Airflow come first, then others with slow tests: on several cores, what starts
    last is waited for."""
    heavy = {item.path for item in items if item.get_closest_marker("slow")}
    stacks = {config.rootpath / file for file in RUN_AIRFLOW}
    items.sort(key=lambda item: (item.path not in stacks, item.path not in heavy))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """One worker runs all that runs Airflow, the others the rest meanwhile: two stacks at once take
    the time that each has to wait for its tasks."""
    from xdist.scheduler import LoadFileScheduling

    class OneStackAtATime(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return "stacks" if file in RUN_AIRFLOW else file

    return OneStackAtATime(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def _a_port_of_its_own() -> Iterator[None]:
    """Where tests run on several cores, only one of them starts stacks on the usual port: two that
    look whether it is free at one moment would both take it.
    """
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
            patch.setattr("medallion.local.settings.PREFERRED_API_PORT", None)
        yield


@pytest.fixture(autouse=True)
def _logs_as_at_first() -> Iterator[None]:
    """A command of the command line sends the product's log to standard error alone, and later
    tests of the same process would not see it."""
    log = logging.getLogger("medallion")
    before = (log.handlers[:], log.level, log.propagate)
    yield
    log.handlers[:], level, log.propagate = before
    log.setLevel(level)


@pytest.fixture(scope="session")
def embedded_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server for the whole run (one for each worker when the tests run in parallel)."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker for the whole run; each test makes topics of its own."""
    from tests.kafka_broker import run_broker

    with run_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def pg_url(embedded_postgres: EmbeddedPostgres) -> str:
    """The superuser's DSN: to prepare and inspect, never what the product itself runs with."""
    return embedded_postgres.url("postgres")


@pytest.fixture
def warehouse_db(embedded_postgres: EmbeddedPostgres, pg_url: str) -> Iterator[str]:
    """The DSN of a fresh database, owned by a fresh role that is not a superuser."""
    with fresh_database(embedded_postgres, pg_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_warehouse_db(embedded_postgres: EmbeddedPostgres, pg_url: str) -> Iterator[str]:
    """One that the tests of a module share: for what leaves no trace in it."""
    with fresh_database(embedded_postgres, pg_url) as url:
        yield url


@pytest.fixture
def second_warehouse_db(embedded_postgres: EmbeddedPostgres, pg_url: str) -> Iterator[str]:
    """Another one, for what two warehouses are to be compared in."""
    with fresh_database(embedded_postgres, pg_url) as url:
        yield url


@contextmanager
def fresh_database(embedded_postgres: EmbeddedPostgres, pg_url: str) -> Iterator[str]:
    """A database and its owner, for as long as the block lasts."""
    name, password = f"test_{secrets.token_hex(6)}", secrets.token_urlsafe(16)
    role = sql.Identifier(name)
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER CREATEROLE PASSWORD {}").format(
                role, password
            )
        )
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))
    yield embedded_postgres.info().url(name, user=name, password=password)
    with psycopg.connect(pg_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(role))
        workers = admin.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ^@ ANY (%s) AND rolname LIKE %s",
            [
                [
                    *(WORKER_PREFIX, STAGING_WRITER_PREFIX, ENVIRONMENT_PREFIX),
                    *(METRICS_READER, CATALOGUE_READER, JOURNAL_KEEPER),
                ],
                f"%{name}",
            ],
        ).fetchall()
        for owned in [sql.Identifier(worker[0]) for worker in workers] + [role]:
            admin.execute(sql.SQL("DROP ROLE {}").format(owned))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    folder = tmp_path / "small-disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def may_stranger_read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], bool]:
    """Whether another user of the machine may read a file, or list a folder.

    Only root can ask as somebody else. Pytest's own folders are opened before: what keeps a
    stranger out has to be of the product.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    nobody = pwd.getpwnam("nobody")
    base = tmp_path_factory.getbasetemp()

    def ask(path: Path) -> bool:
        tests_own = base / path.relative_to(base).parts[0]
        for folder in (tests_own, base, *base.parents):
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
        done = subprocess.run(
            ["ls" if path.is_dir() else "cat", str(path)],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    return ask


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder of the project: specs/, include/ and dags/ are below it."""
    return Path(__file__).resolve().parents[1]
