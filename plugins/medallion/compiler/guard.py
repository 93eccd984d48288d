"""The client of the guarded process: jobs in, answers out, within the caller's time."""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from medallion.compiler.host import WORKER, Host
from medallion.compiler.limits import Limits

_MOST = 256 << 20
"""Bytes of one answer."""
_TO_END = 5.0
"""Seconds for a guarded process to end its child and itself."""

Answer = dict[str, Any]


class OutOfTime(Exception):
    """The caller's time was over before the answer came. The job is lost; ask again later."""


class GuardFailed(Exception):
    """The guarded process could not be started, or ended though no spec exceeded its limits. A spec
    is not to blame."""


class Guard:
    """One guarded process, started when it is first needed. After a fork the child must make its
    own: `share_guard` does."""

    def __init__(
        self,
        limits: Limits | None = None,
        command: Sequence[str] = WORKER,
        host: Host | None = None,
    ) -> None:
        """`host` is somebody else's to end; without it, the guard has one of its own."""
        self.limits = limits or Limits.of()
        self._own = None if host else Host(command)
        self._host = host or self._own or Host(command)
        self._connection: socket.socket | None = None
        self._rest = b""

    def another(self) -> Guard:
        """A guard with the same limits and a process of its own, from the same host. Call it in a
        thread that stays: on Linux the host ends with the thread that starts it.
        """
        with suppress(OSError):  # whoever asks it hears of it
            self._host.start()
        return Guard(self.limits, host=self._host)

    def ask(
        self, kind: str, root: Path, *, seconds: float, until: float = 0.0, **more: object
    ) -> Answer:
        """The answer to a job.

        Args:
            kind: of the job, one of `compiler.job`.
            root: the project's folder.
            seconds: of processor time that it may take.
            until: the moment of `time.monotonic` by which the caller needs it; 0: it waits.
            more: further fields of the job.

        Raises:
            OutOfTime: `until` came first.
            GuardFailed: nothing can be compiled at all.
        """
        limits = self.limits
        job = {"kind": kind, "root": str(root), "seconds": seconds, "memory": limits.memory, **more}
        job["wall"] = seconds * limits.patience + 1
        connection = self._connect()
        try:
            return self._send(connection, job, until)
        except (OSError, EOFError):
            # The host ends with the thread that has started it, at whatever moment: with another
            # one it works. A spec that ends it each time is not tried for ever.
            self.close()
        try:
            return self._send(self._connect(), job, until)
        except (OSError, EOFError) as error:
            self.close()
            raise GuardFailed(f"the process that compiles specs has ended: {error}") from None

    def _send(self, connection: socket.socket, job: Mapping[str, object], until: float) -> Answer:
        try:
            connection.sendall(json.dumps(job).encode() + b"\n")
            answer: Answer = json.loads(self._line(connection, until))
        except ValueError as error:
            self.close()
            raise GuardFailed(f"the process that compiles specs has ended: {error}") from None
        except OutOfTime:
            self.close()
            raise
        return answer

    def close(self) -> None:
        """End the process and its child, and the host if it is the guard's own. The guard may be
        used again and starts a new one."""
        connection, self._connection, self._rest = self._connection, None, b""
        if connection is not None:
            with connection, suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                _wait_for_end(connection)
        if self._own is not None:
            self._own.close()

    def _connect(self) -> socket.socket:
        if self._connection is None:
            try:
                self._connection = self._host.connect()
            except OSError as error:
                raise GuardFailed(f"no process to compile specs can be started: {error}") from None
            self._rest = b""
        return self._connection

    def _line(self, connection: socket.socket, until: float) -> bytes:
        pieces = [self._rest]
        size = 0
        while b"\n" not in pieces[-1]:
            left = max(0.0, until - time.monotonic()) if until else None
            if not select.select([connection], [], [], left)[0]:
                raise OutOfTime
            pieces.append(connection.recv(1 << 20))
            size += len(pieces[-1])
            if not pieces[-1] or size > _MOST:
                raise EOFError("its answer is cut off")
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line


def _wait_for_end(connection: socket.socket) -> None:
    """The process has closed its side: it and its child are gone."""
    connection.settimeout(_TO_END)
    while connection.recv(1 << 16):
        pass


_shared: dict[int, Guard] = {}
"""By the process that made it: a child that was forked must not use its parent's."""
_hosts: list[Host] = []
"""The one that this process, or the one that it was forked from, has started ahead."""


def start_host() -> None:
    """Start ahead what guarded processes are forked from: in a process that forks others, which
    compile. It has some 100 MB, and ends with this process.
    """
    host = Host()
    with suppress(OSError):  # those who need one say that there is none
        host.start()
        _hosts[:] = [host]


def share_guard() -> Guard:
    """This process's guard, closed when the process exits."""
    guard = _shared.get(os.getpid())
    if guard is None:
        # What is in it is the parent's, after a fork: two processes on one socket would read each
        # other's answers.
        _shared.clear()
        ahead = next((host for host in _hosts if host.runs()), None)
        guard = _shared[os.getpid()] = Guard(host=ahead)
        atexit.register(close_shared_guard)
    return guard


@contextmanager
def closing_guard() -> Iterator[None]:
    """Close the shared guard when the block ends: for a long-lived process that compiles rarely."""
    try:
        yield
    finally:
        close_shared_guard()


def close_shared_guard() -> None:
    """Close this process's shared guard; the next use starts a new one."""
    if guard := _shared.pop(os.getpid(), None):
        guard.close()
