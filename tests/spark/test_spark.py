"""`engine: spark` on a real Spark: the rows are DuckDB's, each once, whoever is killed. No secret
shows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import psutil
import psycopg
import pytest
from pyspark.sql import SparkSession
from tests.spark import faults, landing
from tests.spark.local_spark import CONNECTIONS

from medallion.errors import ClusterUnavailable, DataRejected
from medallion.lake.reader import read_manifest
from medallion.names import STAGING_WRITER_PREFIX
from medallion.roots import PROJECT_ROOT
from medallion.steps.clean import step as clean
from medallion.steps.clean.spark import job
from medallion.steps.context import StepContext
from medallion.warehouse.registry import records as registry
from medallion.warehouse.session.transaction import session

PATIENCE_SECONDS = 120.0
T = TypeVar("T")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where workers say how far they are. They are forked from a process that Spark started before:
    the folder's name goes with the job."""
    folder = tmp_path / "faults"
    folder.mkdir()
    return folder


def with_faults(monkeypatch: pytest.MonkeyPatch, kind: type[job.CleanParts], places: Path) -> None:
    def make(**given: object) -> object:
        return faults.InPlace(job=kind(**given), place=str(places))  # type: ignore[arg-type]

    monkeypatch.setattr(job, "CleanParts", make)


def roles_of(url: str) -> list[tuple[str]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ^@ %s AND rolname LIKE '%%' || %s",
            [STAGING_WRITER_PREFIX, connection.info.dbname],
        ).fetchall()


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    """A run that has landed, and what DuckDB makes of it is in `expected`."""
    return landing.land(warehouse_db, tmp_path)


@pytest.fixture
def expected(context: StepContext) -> object:
    result = clean.run(landing.step("duckdb"), context)
    return result, landing.staged(context)


def test_both_engines_stage_and_report_the_same(context: StepContext, expected: object) -> None:
    found = clean.run(landing.step("spark"), context)
    assert (found, landing.staged(context)) == expected
    assert found.rows_quarantined == landing.PARTS * 22
    assert roles_of(context.warehouse_url) == []
    again = clean.run(landing.step("spark"), context)
    assert (again, landing.staged(context)) == expected


@pytest.mark.parametrize("kind", [faults.KilledBeforeCommit, faults.KilledAfterCommit])
def test_a_worker_that_is_killed_is_replaced_and_no_row_is_there_twice(
    context: StepContext,
    expected: object,
    places: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[job.CleanParts],
) -> None:
    with_faults(monkeypatch, kind, places)
    streams = 5  # a task of Spark's has four tries, and each part costs its task one
    five = {
        name: replace(one, extra={**one.extra, "streams": streams})
        for name, one in CONNECTIONS.items()
    }
    found = clean.run(landing.step("spark"), replace(context, connection=five.__getitem__))
    assert len(list(places.iterdir())) == landing.PARTS
    assert (found, landing.staged(context)) == expected


def test_workers_that_always_die_end_the_task_and_leave_nothing(
    context: StepContext, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_faults(monkeypatch, faults.AlwaysKilled, places)
    with pytest.raises(ClusterUnavailable, match="Spark could not clean the parts"):
        clean.run(landing.step("spark"), context)
    assert landing.staged(context) == [[], []]
    assert roles_of(context.warehouse_url) == []


def test_a_part_that_is_not_as_it_was_landed_is_refused_as_on_duckdb(context: StepContext) -> None:
    with session(context.warehouse_url, "looking") as connection:
        uri = registry.load_of(connection, context.run, landing.step("spark").table).manifest_uri
    manifest = read_manifest(uri)
    part = Path(manifest.uri) / manifest.parts[3].name
    text = part.read_text()
    part.write_text(text.replace(",3.25\n", ",3.25 ", 1))  # of the same length
    errors = []
    for engine in ("duckdb", "spark"):
        with pytest.raises(DataRejected) as found:
            clean.run(landing.step(engine), context)
        errors.append(str(found.value))
    assert errors[0] == errors[1]
    assert manifest.parts[3].name in errors[0]


def test_no_more_parts_at_once_than_streams_and_one_core_each(
    context: StepContext, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_faults(monkeypatch, faults.Watched, places)
    clean.run(landing.step("spark"), context)
    assert {path.read_text() for path in places.iterdir()} == {"1"}


def test_no_secret_is_in_the_event_log_or_the_plan(
    context: StepContext,
    event_log: Path,
    spark: SparkSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[job.CleanParts] = []

    def watched(**given: object) -> job.CleanParts:
        made.append(kind(**given))  # type: ignore[arg-type]
        return made[-1]

    kind = job.CleanParts
    monkeypatch.setattr(job, "CleanParts", watched)
    clean.run(landing.step("spark"), context)
    (one,) = made
    password = psycopg.conninfo.conninfo_to_dict(one.url)["password"]
    frame = spark.range(1).mapInArrow(one, "part int, error string")
    plan = frame._jdf.queryExecution().toString()
    assert "MapInArrow" in plan
    own = psycopg.conninfo.conninfo_to_dict(context.warehouse_url)["password"]
    logged = wait_for_log(event_log, "MapInArrow")
    for secret in (password, own, one.attempt):
        assert str(secret) not in plan
        assert str(secret) not in logged
        assert str(secret) not in repr(one)


def wait_for_log(folder: Path, word: str) -> str:
    """Spark writes it behind what it does."""

    def read() -> str:
        text = read_all(folder)
        return text if word in text else ""

    return wait_until(read, "the event log")


def read_all(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".crc"]
    return "".join(path.read_text(errors="replace") for path in files)


def is_written(file: Path) -> bool:
    """Whether it has what it is to say; it is there a moment before."""
    return bool(file.read_text())


def wait_until(ask: Callable[[], T], what: str) -> T:
    """The first answer that is true."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def test_a_task_that_is_killed_is_tried_again_and_its_workers_change_nothing(
    context: StepContext, expected: object, tmp_path: Path, places: Path
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.spark.driver_child", context.warehouse_url, str(tmp_path)],
        cwd=PROJECT_ROOT,
        env={**os.environ, faults.PLACE: str(places), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    started: list[psutil.Process] = []
    try:
        wait_until(lambda: sum(map(is_written, places.glob("stuck-*"))) == 2, "two workers")
        # The whole tree but the task itself lives on, as the workers of a cluster do.
        started = psutil.Process(child.pid).children(recursive=True)
        workers = [int(path.read_text()) for path in places.glob("stuck-*")]
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE_SECONDS)
        found = clean.run(landing.step("spark"), context)
        assert (found, landing.staged(context)) == expected
        (places / "go-on").touch()
        wait_until(lambda: not any(map(psutil.pid_exists, workers)) or None, "the workers' end")
        assert landing.staged(context) == expected[1]  # type: ignore[index]
    finally:
        child.kill()
        for process in started:
            if process.is_running():
                process.kill()
