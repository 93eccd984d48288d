"""The example notebook and `log_input` on a real MLflow, in an environment without Airflow."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.client.conftest import Read, read
from tests.server_processes import stop_server
from tests.steps.publish.test_step import published
from tests.steps.staged import REPLACE

from medallion.names import PublishedTable, TableName
from medallion.roots import PROJECT_ROOT

__all__ = ["read"]

PYTHON = Path(
    os.environ.get("MEDALLION_ML_PYTHON") or PROJECT_ROOT / ".medallion/ml/venv/bin/python"
)
MOVIES = PublishedTable.of(TableName("silver_cinema", "movies"))
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
import mlflow
from medallion.client import connect, log_input
from medallion.errors import CannotRead
frame = connect().read("silver_cinema.movies", "arrow")
with mlflow.start_run(run_name="arrow"):
    log_input(frame, context="validation")
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


def test_a_run_says_which_data_its_model_is_made_of(server: str, read: Read) -> None:
    step = replace(REPLACE, table=MOVIES, grants=(read.role,))
    rows = [(n, float(n), n * 10, 5.0 + n % 5) for n in range(1, 40)]
    for day in range(2):
        published(read.loader, day, rows, step, columns=COLUMNS)
    _run(read, server, NOTEBOOK, str(PROJECT_ROOT / "notebooks" / "ratings.ipynb"))
    _run(read, server, OTHERS)
    lineage = read.desk.table("silver_cinema.movies").lineage
    found = httpx.post(
        f"{server}/api/2.0/mlflow/runs/search", json={"experiment_ids": ["0"]}, timeout=60
    ).json()["runs"]
    runs = {run["info"]["run_name"]: run for run in found}
    assert set(runs) == {"ratings", "arrow"}
    assert runs["ratings"]["data"]["metrics"][0]["key"] == "rmse"
    for name, context in (("ratings", "training"), ("arrow", "validation")):
        (logged,) = runs[name]["inputs"]["dataset_inputs"]
        tags = {tag["key"]: tag["value"] for tag in logged["tags"]}
        assert tags["mlflow.data.context"] == context
        assert tags["medallion.version"] == str(lineage.version) == "2"
        assert logged["dataset"]["name"] == "silver_cinema.movies"
        assert lineage.digest.startswith(f"sha256:{logged['dataset']['digest']}")
        assert json.loads(logged["dataset"]["source"]) == json.loads(lineage.to_json())


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
