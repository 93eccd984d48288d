"""A server that does not stop when it is asked is killed."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests.server_processes import stop_server

STUBBORN = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(600)"
)


def test_a_server_that_stops_is_not_killed() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    stop_server(process, patience=60)
    assert process.returncode == -signal.SIGTERM


def test_a_server_that_does_not_stop_is_killed() -> None:
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    stop_server(process, patience=0.2)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL
