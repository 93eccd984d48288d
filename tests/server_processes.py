"""Servers that a test starts as processes of their own, and how they are stopped."""

from __future__ import annotations

import subprocess

PATIENCE_SECONDS = 5.0
"""How long a server may take to stop by itself."""


def stop_server(process: subprocess.Popen[bytes], patience: float = PATIENCE_SECONDS) -> None:
    """Ask a server to stop, and kill it where it does not: its tests have ended before this."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
