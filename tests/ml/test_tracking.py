"""The example notebook and `log_input` on a real MLflow, in an environment without Airflow."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.client.conftest import Read, read
from tests.server_processes import stop_server
from tests.steps.publish.test_step import published
from tests.steps.staged import REPLACE

from medallion.names import PublishedTable, TableName
from medallion.roots import PROJECT_ROOT
from medallion.warehouse.reading.lineage import Lineage

__all__ = ["read"]

PYTHON = Path(
    os.environ.get("MEDALLION_ML_PYTHON") or PROJECT_ROOT / ".medallion/ml/venv/bin/python"
)
MOVIES = PublishedTable.of(TableName("silver_cinema", "movies"))
FILMS = 39
COLUMNS = "id bigint, popularity double precision, vote_count bigint, vote_average double precision"
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}
NOTEBOOK = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
assert not any(cell.get("outputs") for cell in notebook.cells), "it is kept without outputs"
NotebookClient(notebook, timeout=300).execute()
"""
OTHERS = """
import mlflow, pandas
from medallion.client import connect, log_input
from medallion.errors import CannotRead
desk = connect()
frame = desk.read("silver_cinema.movies", "arrow")
with mlflow.start_run(run_name="arrow"):
    log_input(frame, context="validation")
times = pandas.to_datetime(["2026-01-02", "2026-02-01"], utc=True)
labels = pandas.DataFrame({"movie_id": [11, 12], "at": times, "liked": [True, False]})
features = ["gold_cinema.film_votes:votes", "gold_cinema.film_moods:mood"]
training = desk.training_set(
    labels, features, label_time="at", versions={"gold_cinema.film_votes": 1}
)
assert training.to_pandas()[["votes", "mood"]].values.tolist() == [[10, "odd"], [20, "sad"]]
with mlflow.start_run(run_name="training set") as run:
    pass
logged = log_input(training, context="test", run_id=run.info.run_id)
assert logged == training.lineage
try:
    log_input(training.to_pandas())
except CannotRead as error:
    assert "without lineage" in error.problem
else:
    raise AssertionError("a frame of several publications has none of its own")
"""
VIEWS = {
    "film_votes": ("votes integer", [(1, 11, "2026-01-01+00", 10), (2, 12, "2026-01-31+00", 20)]),
    "film_moods": (
        "mood text",
        [(1, 11, "2026-01-01+00", "odd"), (2, 12, "2026-01-31+00", "sad")],
    ),
}
"""By gold table, its feature and its rows."""
DECLARED = """
INSERT INTO medallion.declared_pipelines (dag_id, domain, owner, plan)
VALUES ('cinema.films', 'cinema', 'cinema-data', 'x');
INSERT INTO medallion.feature_views
    (domain, table_name, dag_id, entity, event_time, ttl, protected)
SELECT 'cinema', name, 'cinema.films', '{movie_id}', 'computed_at', NULL, '{}'
FROM unnest(ARRAY['film_votes', 'film_moods']) AS name;
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """MLflow's tracking server, on SQLite and a free port."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(PYTHON), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
         "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1",
         "--artifacts-destination", str(folder / "artifacts")],
        env={**os.environ, **QUIET},
        stdout=(folder / "log").open("wb"), stderr=subprocess.STDOUT,
    )  # fmt: skip
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + 300
    try:
        _wait_for(url, process, until, folder / "log")
        yield url
    finally:
        stop_server(process)


def _wait_for(url: str, process: subprocess.Popen[bytes], until: float, log: Path) -> None:
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(log.read_text())


@dataclass(frozen=True, kw_only=True)
class Logged:
    """A dataset input of a run, as the server has it."""

    tags: dict[str, str]
    name: str
    digest: str
    source: Any


@pytest.fixture(scope="module")
def runs(server: str, read: Read) -> dict[str, dict[str, Any]]:
    """The runs of the notebook and of the other code, by their names."""
    _publish(read)
    _run(read, server, NOTEBOOK, str(PROJECT_ROOT / "notebooks" / "ratings.ipynb"))
    _run(read, server, OTHERS)
    found = httpx.post(
        f"{server}/api/2.0/mlflow/runs/search", json={"experiment_ids": ["0"]}, timeout=60
    ).json()["runs"]
    return {run["info"]["run_name"]: run for run in found}


def _publish(read: Read) -> None:
    """The films, twice: a row more on the second day. Then two feature views, one of them twice."""
    films = replace(REPLACE, table=MOVIES, grants=(read.role,))
    for day in range(2):
        rows = [(n, float(n), n * 10, 5.0 + n % 5) for n in range(1, FILMS + 1 + day)]
        published(read.loader, day, rows, films, columns=COLUMNS)
    for name, (feature, known) in VIEWS.items():
        table = PublishedTable.of(TableName("gold_cinema", name))
        step = replace(REPLACE, table=table, grants=(read.role,))
        columns = f"id bigint, movie_id bigint, computed_at timestamptz, {feature}"
        for day in range(2):
            published(read.loader, day, known, step, columns=columns)
    with psycopg.connect(read.loader) as connection:
        connection.execute(DECLARED)


def _logged(run: dict[str, Any]) -> list[Logged]:
    return [
        Logged(
            tags={tag["key"]: tag["value"] for tag in one["tags"]},
            name=one["dataset"]["name"],
            digest=one["dataset"]["digest"],
            source=json.loads(one["dataset"]["source"]),
        )
        for one in run["inputs"]["dataset_inputs"]
    ]


def test_the_notebooks_run_says_which_pinned_version_its_model_is_made_of(
    runs: dict[str, dict[str, Any]], read: Read
) -> None:
    """It is the first one, though another has been published since."""
    assert set(runs) == {"ratings", "arrow", "training set"}
    data = runs["ratings"]["data"]
    assert data["metrics"][0]["key"] == "rmse"
    assert {one["key"]: one["value"] for one in data["params"]}["rows"] == str(FILMS)
    (logged,) = _logged(runs["ratings"])
    lineage = read.desk.table("silver_cinema.movies", version=1).lineage
    assert read.desk.table("silver_cinema.movies").lineage.version == 2
    _hold(logged, lineage, "training")


def test_a_frame_and_a_training_set_say_of_which_publications_they_are(
    runs: dict[str, dict[str, Any]], read: Read
) -> None:
    (logged,) = _logged(runs["arrow"])
    _hold(logged, read.desk.table("silver_cinema.movies").lineage, "validation")
    votes, moods = sorted(_logged(runs["training set"]), key=lambda one: one.name, reverse=True)
    _hold(votes, read.desk.table("gold_cinema.film_votes", version=1).lineage, "test")
    _hold(moods, read.desk.table("gold_cinema.film_moods", version=2).lineage, "test")


def _hold(logged: Logged, lineage: Lineage, context: str) -> None:
    assert logged.tags["mlflow.data.context"] == context
    assert logged.tags["medallion.version"] == str(lineage.version)
    assert logged.tags["medallion.publication"] == str(lineage.publication_id)
    assert logged.name == lineage.table
    assert lineage.digest.startswith(f"sha256:{logged.digest}")
    assert logged.source == json.loads(lineage.to_json())


def _run(read: Read, server: str, code: str, *words: str) -> None:
    found = conninfo_to_dict(read.reader)
    given = {
        "PGHOST": found["host"], "PGPORT": found["port"], "PGDATABASE": found["dbname"],
        "PGUSER": found["user"], "PGPASSWORD": found["password"], "MLFLOW_TRACKING_URI": server,
        "PYTHONPATH": str(PROJECT_ROOT / "plugins"), "MLFLOW_DISABLE_TELEMETRY": "true",
    }  # fmt: skip
    done = subprocess.run(
        [str(PYTHON), "-c", code, *words],
        env={**os.environ, **{key: str(value) for key, value in given.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
