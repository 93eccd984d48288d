"""Health counts only what comes from processes of ours."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from medallion.local.components import API_SERVER, RATES, SUPERSET
from medallion.local.databases import Databases
from medallion.local.health import HEALTHY, NOT_RUNNING, STARTING, find_lost_port, health
from medallion.local.journal import Journal
from medallion.local.paths import LocalPaths
from medallion.local.ports import free_port
from medallion.local.processes import Family, start_family
from medallion.local.settings import Ports, StackSettings
from medallion.local.superset.settings import SupersetSettings

# Listens on the port, or holds it without listening, or neither.
PROGRAM = """
import socket, sys, time
held = socket.socket()
held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if sys.argv[1] != "neither":
    held.bind(("127.0.0.1", int(sys.argv[2])))
if sys.argv[1] == "listens":
    held.listen()
print("ready", flush=True)
time.sleep(600)
"""


HANGS_UP = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    server.accept()[0].close()
"""
ANSWERS = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    asked = server.accept()[0]
    asked.recv(10000)
    asked.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nOK")
    asked.close()
"""


@pytest.fixture
def settings(tmp_path: Path) -> StackSettings:
    return StackSettings(
        paths=LocalPaths(project_root=tmp_path, state_root=tmp_path, dags_folder=tmp_path),
        databases=Databases(metadata_url="", warehouse_url="", bank_url=""),
        ports=Ports(api=free_port(), replay=0, rates=free_port()),
        uses_replay=False,
    )


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[tuple[subprocess.Popen[bytes], Family]]]:
    running: list[tuple[subprocess.Popen[bytes], Family]] = []
    yield running
    for child, family in running:
        family.kill()
        child.wait(240)


def start(
    started: list[tuple[subprocess.Popen[bytes], Family]],
    settings: StackSettings,
    name: str,
    does: str,
    port: int,
) -> Family:
    log = settings.paths.state_root / f"{name}.log"
    argv = [sys.executable, "-c", PROGRAM, does, str(port)]
    child, family = start_family(argv, env=os.environ, log=log, cwd=log.parent)
    started.append((child, family))
    while "ready" not in log.read_text():
        assert child.poll() is None
    return family


class Stranger(BaseHTTPRequestHandler):
    """Another stack's API server: all is well with it."""

    def do_GET(self) -> None:
        parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
        body = json.dumps({part: {"status": HEALTHY} for part in parts}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_another_stacks_server_on_our_port_is_not_ours(
    settings: StackSettings, started: list[tuple[subprocess.Popen[bytes], Family]]
) -> None:
    port = settings.ports.api
    journal = Journal(settings.paths.run)
    families = {
        name: (start(started, settings, name, "neither", 0), 0)
        for name in (API_SERVER, "scheduler")
    }
    journal.write_components(families)
    assert health(settings, journal)[API_SERVER] == STARTING
    with HTTPServer(("127.0.0.1", port), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        states = health(settings, journal)
        server.shutdown()
    assert states[API_SERVER] == f"port {port} is another program's"
    assert states["scheduler"] == STARTING
    assert states["triggerer"] == NOT_RUNNING
    assert find_lost_port(states) == API_SERVER


@pytest.mark.parametrize(
    ("does", "state"), [("listens", HEALTHY), ("holds", STARTING), ("neither", STARTING)]
)
def test_a_server_is_healthy_once_it_listens_itself(
    settings: StackSettings,
    started: list[tuple[subprocess.Popen[bytes], Family]],
    does: str,
    state: str,
) -> None:
    journal = Journal(settings.paths.run)
    family = start(started, settings, RATES, does, settings.ports.rates)
    journal.write_components({RATES: (family, 0)})
    states = health(settings, journal)
    assert states[RATES] == state
    assert find_lost_port(states) == ""


def test_superset_is_healthy_once_it_answers_itself(
    settings: StackSettings, started: list[tuple[subprocess.Popen[bytes], Family]]
) -> None:
    """Its server listens before it has imported Superset."""
    added = SupersetSettings(
        environment=settings.paths.superset,
        port=free_port(),
        metadata_url="",
        warehouse_url="",
    )
    settings = replace(settings, superset=added)
    journal = Journal(settings.paths.run)
    family = start(started, settings, SUPERSET, "neither", 0)
    journal.write_components({SUPERSET: (family, 0)})
    assert health(settings, journal)[SUPERSET] == STARTING
    with socket.create_server(("127.0.0.1", added.port)):
        assert find_lost_port(health(settings, journal)) == SUPERSET
    family.kill()
    for program, state in ((HANGS_UP, STARTING), (ANSWERS, HEALTHY)):
        log = settings.paths.state_root / f"{state}.log"
        argv = [sys.executable, "-c", program, str(added.port)]
        child, family = start_family(argv, env=os.environ, log=log, cwd=log.parent)
        started.append((child, family))
        while "ready" not in log.read_text():
            assert child.poll() is None
        journal.write_components({SUPERSET: (family, 0)})
        assert health(settings, journal)[SUPERSET] == state
        family.kill()


def test_a_port_taken_while_the_server_was_down_is_seen(
    settings: StackSettings, started: list[tuple[subprocess.Popen[bytes], Family]]
) -> None:
    journal = Journal(settings.paths.run)
    family = start(started, settings, RATES, "neither", 0)
    journal.write_components({RATES: (family, 0)})
    with socket.create_server(("127.0.0.1", settings.ports.rates)):
        assert find_lost_port(health(settings, journal)) == RATES
