"""Servers that a test starts as processes of their own, and how they are stopped."""

from __future__ import annotations

import socket
import subprocess
import time

PATIENCE_SECONDS = 5.0
"""How long a server may take to stop by itself."""
START_SECONDS = 240.0
"""How long a server may take to start: on a machine that is busy, many times what it needs."""


def wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    """Until a server that has been started takes connections."""
    until = time.monotonic() + START_SECONDS
    while True:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, f"the server has ended: {process.returncode}"
        assert time.monotonic() < until, f"the server does not answer at {port}"
        time.sleep(0.05)


def stop_server(process: subprocess.Popen[bytes], patience: float = PATIENCE_SECONDS) -> None:
    """Ask a server to stop, and kill it where it does not: its tests have ended before this."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
