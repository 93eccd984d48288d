"""`engine: spark` on a cluster of a master and two workers, and on a server of Spark Connect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.spark import faults, landing
from tests.spark.local_spark import CONF
from tests.spark.servers import HOST, Cluster, running_cluster, running_connect

from medallion.roots import PROJECT_ROOT
from medallion.steps.clean import step as clean
from medallion.steps.clean.spark.task import CleanParts
from medallion.steps.context import StepContext

pytestmark = pytest.mark.timeout(2400)
PATIENCE_SECONDS = 900.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to the workers, and the folder in which they say where they are."""

    kind: type[CleanParts]
    place: Path


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What a task's process says at its end, and the passwords that its workers had."""

    answer: dict[str, object]
    passwords: list[str]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Path]]:
    """The cluster, and the folder of what its servers write."""
    folder = tmp_path_factory.mktemp("cluster")
    with running_cluster(folder) as found:
        yield found, folder


@pytest.fixture(scope="module")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of the server, and the folder of what it writes."""
    folder = tmp_path_factory.mktemp("connect")
    (folder / "events").mkdir()
    logged = {
        "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": (folder / "events").as_uri(),
    }
    with running_connect(folder, logged) as port:
        yield port, folder


@pytest.fixture
def context(warehouse_db: str, tmp_path: Path) -> StepContext:
    return landing.land(warehouse_db, tmp_path)


@contextmanager
def cleaning_elsewhere(
    context: StepContext, details: Mapping[str, object], fault: Fault | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A task's process that has a Spark elsewhere clean."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    if fault is not None:
        environment |= {faults.PLACE: str(fault.place), faults.KIND: fault.kind.__name__}
    words = (context.warehouse_url, context.lake_root, json.dumps(details))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.spark.remote_child", *words],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as task:
        try:
            yield task
        finally:
            task.kill()


def wait_for_answer(task: subprocess.Popen[str]) -> Elsewhere:
    """What the process says of the cleaning at its end."""
    written, complaints = task.communicate(timeout=PATIENCE_SECONDS)
    assert task.returncode == 0, complaints[-3000:]
    said = json.loads(written.strip().splitlines()[-1])
    return Elsewhere(answer=said["answer"], passwords=said["passwords"])


def clean_elsewhere(
    context: StepContext, details: Mapping[str, object], fault: Fault | None = None
) -> Elsewhere:
    """What a task's process says of the cleaning, as a Spark elsewhere does it."""
    with cleaning_elsewhere(context, details, fault) as task:
        return wait_for_answer(task)


def of_cluster(address: str) -> dict[str, object]:
    """A connection to it. The driver and each worker have 512 MB."""
    host, _, port = address.rpartition(":")
    conf = {**CONF, "spark.executor.memory": "512m", "spark.driver.memory": "512m"}
    return {"host": host, "port": int(port), "extra": {"conf": conf, "streams": landing.PARTS}}


def of_connect(port: int) -> dict[str, object]:
    return {"host": f"sc://{HOST}", "port": port, "extra": {"streams": landing.PARTS}}


def expected(context: StepContext) -> tuple[dict[str, object], object]:
    """What DuckDB makes of it here."""
    found = clean.run(landing.step("duckdb"), context)
    return {"out": found.rows_out, "quarantined": found.rows_quarantined}, landing.staged(context)


def test_a_cluster_makes_the_same_rows_also_where_it_loses_a_worker(
    context: StepContext, cluster: tuple[Cluster, Path], tmp_path: Path
) -> None:
    servers, written = cluster
    details = of_cluster(servers.address)
    hold_to_duckdb(context, details, written, None)
    assert list(written.rglob("stderr")), "the workers' own logs are looked at"
    rows = expected(context)
    places = tmp_path / "places"
    places.mkdir()
    fault = Fault(kind=faults.Stuck, place=places)
    with cleaning_elsewhere(context, details, fault) as task:
        # Both have copied all rows of a part, and not committed.
        wait_until(lambda: len(find_stuck(places)) == 2, "a part on each worker", task)
        servers.lose_worker_of(find_stuck(places)[0])
        (places / "go-on").touch()
        found = wait_for_answer(task)
    assert (found.answer, landing.staged(context)) == rows


def find_stuck(places: Path) -> list[int]:
    """The ids of workers that wait with all rows of a part."""
    said = [path.read_text() for path in sorted(places.glob("stuck-*"))]
    return [int(pid) for pid in said if pid]


def wait_until(ask: Callable[[], object], what: str, task: subprocess.Popen[str]) -> None:
    """Wait for what a task's process does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not ask():
        assert task.poll() is None, wait_for_answer(task)
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def test_a_server_of_spark_connect_makes_the_same_rows_whoever_is_killed(
    context: StepContext, connect: tuple[int, Path], tmp_path: Path
) -> None:
    port, written = connect
    places = tmp_path / "places"
    places.mkdir()
    fault = Fault(kind=faults.KilledBeforeCommit, place=places)
    hold_to_duckdb(context, of_connect(port), written, None, fault)
    assert len(list(places.iterdir())) == landing.PARTS, "each part's first worker was killed"
    assert any(path.is_file() for path in (written / "events").rglob("*")), "the event log"


def hold_to_duckdb(
    context: StepContext, details: Mapping[str, object], written: Path, *happening: Fault | None
) -> None:
    """The same rows as here, whatever happens to the workers; and no login of the runs is in a file
    that the servers write."""
    rows = expected(context)
    for given in happening:
        found = clean_elsewhere(context, details, given)
        assert (found.answer, landing.staged(context)) == rows
        own = str(psycopg.conninfo.conninfo_to_dict(context.warehouse_url)["password"])
        assert len(found.passwords) == 1
        for path in written.rglob("*"):
            text = path.read_text(errors="replace") if path.is_file() else ""
            assert not any(secret in text for secret in (own, *found.passwords)), path


def test_a_spark_that_is_not_there_is_named(context: StepContext) -> None:
    said = clean_elsewhere(context, of_connect(1)).answer
    assert said["kind"] == "ClusterUnavailable"
    assert "Spark at sc://127.0.0.1:1 does not answer" in str(said["error"])
