"""Somebody's own Airflow: an environment with the wheel in it, and what is run there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.server_processes import stop_server

UV = Path(sys.executable).with_name("uv")
SECONDS = 1800.0
"""More than anything here takes on a machine that is very busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAirflow:
    """An installation of Airflow, and the variables of its processes.

    Attributes:
        venv: its environment.
        home: AIRFLOW_HOME; no variable of Medallion's is set.
        variables: what else is set.
    """

    venv: Path
    home: Path
    variables: dict[str, str]

    @property
    def dags(self) -> Path:
        """Where it reads its DAGs."""
        return self.home / "dags"

    def environment(self) -> dict[str, str]:
        """Of a process: nothing of the tests' own Airflow and Medallion, and no PYTHONPATH."""
        foreign = ("AIRFLOW", "MEDALLION_", "PYTHONPATH", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        path = f"{self.venv / 'bin'}{os.pathsep}{kept['PATH']}"
        return {**kept, "PATH": path, "AIRFLOW_HOME": str(self.home), **self.variables}

    def run(self, *words: str, cwd: Path | None = None) -> str:
        """What a command of the environment prints to its standard output.

        Raises:
            AssertionError: it fails; with all that it has said.
        """
        done = subprocess.run(
            [self.venv / "bin" / words[0], *words[1:]],
            env=self.environment(),
            cwd=cwd or self.home,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-8000:]}\n{done.stderr[-8000:]}"
        return done.stdout

    def run_for_json(self, *words: str) -> list[dict[str, object]]:
        """What a command of Airflow prints with `-o json`; lines of its log come before."""
        found: list[dict[str, object]] = json.loads(self.run(*words).rstrip().rpartition("\n")[2])
        return found

    @contextmanager
    def api_server(self) -> Iterator[httpx.Client]:
        """The API server, asked by somebody who is logged in, while the block lasts."""
        with closing(socket.socket()) as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        log = self.home / "api-server.log"
        with log.open("wb") as out:
            server = subprocess.Popen(
                [self.venv / "bin" / "airflow", "api-server", "--port", str(port)],
                env={**self.environment(), "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}"},
                cwd=self.home,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                _log_in(client, server, log)
                yield client
        finally:
            stop_server(server)


def _log_in(client: httpx.Client, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            answer = client.get("/auth/token")
            token = answer.json()["access_token"]
        except (httpx.TransportError, ValueError, KeyError):
            assert server.poll() is None, log.read_text()[-8000:]
            assert time.monotonic() < until, log.read_text()[-8000:]
            time.sleep(0.5)
            continue
        client.headers["Authorization"] = f"Bearer {token}"
        client.cookies.set("_token", token)
        return


def build_wheel(project: Path, folder: Path) -> Path:
    """Build the project's wheel into a folder."""
    _uv("build", "--wheel", "--out-dir", str(folder), str(project))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(venv: Path, airflow: str, day: str, wheel: Path) -> None:
    """Make an environment of this Python: Airflow with what was newest on a day, as its constraints
    of that day have it, and then the wheel, as Airflow's constraints say how: without them.

    Raises:
        AssertionError: they do not go together; with what the resolver says.
        AssertionError: the wheel changes a package that Airflow has brought.
    """
    _uv("venv", "--python", sys.executable, str(venv))
    python = str(venv / "bin" / "python")
    _uv("pip", "install", "--python", python, "--exclude-newer", day, f"apache-airflow=={airflow}")
    before = _uv("pip", "freeze", "--python", python).split()
    _uv("pip", "install", "--python", python, f"apache-airflow=={airflow}", str(wheel))
    after = _uv("pip", "freeze", "--python", python).split()
    assert set(before) <= set(after), "the wheel changes what Airflow has brought"


def _uv(*words: str) -> str:
    done = subprocess.run(
        [UV, *words, "--quiet"], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def connection_variables(warehouse: str, replay: str, token: str) -> dict[str, str]:
    """What an operator gives: the warehouse, and the replay of TMDB in place of TMDB."""
    host, _, port = replay.removeprefix("http://").removesuffix("/3").partition(":")
    tmdb = {
        "conn_type": "http",
        "schema": "http",
        "host": host,
        "port": int(port),
        "password": token,
    }
    return {
        "AIRFLOW_CONN_MEDALLION_WAREHOUSE": warehouse.replace("postgresql://", "postgres://", 1),
        "AIRFLOW_CONN_TMDB_DEFAULT": json.dumps(tmdb),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API_AUTH__JWT_SECRET": "the tests' own, of 32 bytes or more",
    }
