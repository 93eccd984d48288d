"""Whole families of processes: started together, ended together.

A component of Airflow forks workers, which fork tasks. Each component is started as the leader of
a session of its own, and a session's number stays with its members when the leader is gone: so
they are found, and ended, whatever died before.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from medallion.private_files import CLOSED_UMASK, open_private, private_folder

# How far the clock of one boot may drift between two looks.
CLOCK_SLACK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A session, by its leader. Numbers are used again: the times tell ours from somebody else's.

    `born` is the leader's creation time and `booted` the machine's start, both in seconds since
    1970 as psutil tells them.
    """

    leader: int
    born: float
    booted: float

    @classmethod
    def find_led_by(cls, pid: int) -> Family:
        """The family of a living session leader."""
        return cls(leader=pid, born=psutil.Process(pid).create_time(), booted=psutil.boot_time())

    def members(self) -> list[psutil.Process]:
        """The living processes of the session, the leader included."""
        if abs(psutil.boot_time() - self.booted) > CLOCK_SLACK_SECONDS or self._is_number_reused():
            return []
        return [process for process in psutil.process_iter() if _in_session(process, self.leader)]

    def is_led(self) -> bool:
        """Whether the leader itself lives."""
        return any(member.pid == self.leader for member in self.members())

    def listens_on(self, port: int) -> bool:
        """Whether one of the members listens on a TCP port."""
        return any(address[1] == port for address in self.listeners())

    def listeners(self) -> set[tuple[str, int]]:
        """The addresses, each an IP and a TCP port, on which the members listen."""
        found: set[tuple[str, int]] = set()
        for member in self.members():
            # Airflow's workers end and start all the time: one may be gone before it is asked.
            with contextlib.suppress(psutil.Error):
                for connection in member.net_connections("tcp"):
                    if connection.status == psutil.CONN_LISTEN:
                        found.add((connection.laddr.ip, connection.laddr.port))
        return found

    def terminate(self) -> None:
        """Ask the leader to stop: Airflow's components stop their own children."""
        if self.is_led():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.leader, signal.SIGTERM)

    def kill(self) -> None:
        """End every member now, and wait until they are gone."""
        for _ in range(10):  # a member may fork between the look and the kill
            members = self.members()
            if not members:
                return
            for member in members:
                with contextlib.suppress(psutil.Error):
                    member.kill()
            psutil.wait_procs(members, timeout=1)

    def _is_number_reused(self) -> bool:
        try:
            born = psutil.Process(self.leader).create_time()
        except psutil.Error:
            return False  # the leader is gone; a number in use by its session is not given away
        return abs(born - self.born) > CLOCK_SLACK_SECONDS


def _in_session(process: psutil.Process, session: int) -> bool:
    try:
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False


def start_family(
    argv: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path
) -> tuple[subprocess.Popen[bytes], Family]:
    """Start a command as the leader of a new session, its output appended to the log."""
    private_folder(log.parent)
    with open_private(log, "ab") as out:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            umask=CLOSED_UMASK,
        )
    return child, Family.find_led_by(child.pid)


def stop_families(
    families: Iterable[Family],
    *,
    patience_seconds: float,
    reap: Callable[[], None] = lambda: None,
) -> None:
    """Ask all leaders to stop, wait for them together, then end whatever is left.

    `reap` collects the exit codes of our own children while we wait.
    """
    waiting = list(families)
    for family in waiting:
        family.terminate()
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline and any(family.is_led() for family in waiting):
        reap()
        time.sleep(0.2)
    for family in waiting:
        family.kill()
    reap()


def log_tail(path: Path, lines: int = 15) -> str:
    """The last lines of a process's log."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
