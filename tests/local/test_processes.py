"""Families of processes: found and ended whatever died first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from medallion.local.processes import Family, start_family, stop_families

# A leader whose child moves to a process group of its own, as Airflow's task processes do.
LEADER = """
import os, signal, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)
print("ready", flush=True)
time.sleep(600)
"""


# A leader that listens, and whose children end as soon as they have begun.
LISTENER = """
import os, socket
server = socket.create_server(("127.0.0.1", 0))
print("ready", server.getsockname()[1], flush=True)
while True:
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
"""


def _start(log: Path, *flags: str) -> tuple[subprocess.Popen[bytes], Family]:
    child, family = start_family(
        [sys.executable, "-c", LEADER, *flags], env=os.environ, log=log, cwd=log.parent
    )
    while log.read_text().count("ready") < 2:
        assert child.poll() is None
    return child, family


def test_the_orphans_of_a_killed_leader_are_ended(tmp_path: Path) -> None:
    child, family = _start(tmp_path / "log")
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    (orphan,) = family.members()
    family.kill()
    with suppress(psutil.NoSuchProcess):  # whoever inherits it may not have waited for it yet
        assert orphan.status() == psutil.STATUS_ZOMBIE
    assert family.members() == []


def test_a_member_that_ends_while_it_is_asked_hides_no_listener(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child, family = start_family(
        [sys.executable, "-c", LISTENER], env=os.environ, log=log, cwd=tmp_path
    )
    while "ready" not in log.read_text():
        assert child.poll() is None
    port = int(log.read_text().split()[1])
    try:
        for _ in range(50):
            assert family.listeners() == {("127.0.0.1", port)}
    finally:
        family.kill()
        child.wait()


@pytest.mark.parametrize("flags", [(), ("stubborn",)])
def test_stopping_a_family_ends_all_its_processes(tmp_path: Path, flags: tuple[str, ...]) -> None:
    child, family = _start(tmp_path / "log", *flags)
    assert len(family.members()) == 2
    stop_families([family], patience_seconds=1, reap=lambda: child.poll() and None)
    assert family.members() == []
    assert child.poll() is not None


def test_a_number_that_now_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    child, family = _start(tmp_path / "log")
    try:
        for other in (
            replace(family, born=family.born - 3600),
            replace(family, booted=family.booted - 86400),
        ):
            assert other.members() == []
            other.terminate()
            other.kill()
        assert len(family.members()) == 2
    finally:
        family.kill()
        child.wait()
