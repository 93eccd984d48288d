"""The client of the guarded process: jobs in, answers out, within the caller's time."""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from medallion.compiler.answers import Answer, read_answer
from medallion.compiler.host import WORKER, Host
from medallion.compiler.limits import Limits

_MOST = 256 << 20
"""Bytes of one answer."""
_CHUNK = 1 << 16
_TO_END = 5.0
"""Seconds for a guarded process to end its child and itself."""


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
        self._asked = deque[bytes]()
        """The jobs that are not answered yet, the oldest first."""
        self._has_failed = False
        """Whether the oldest job was sent to a process that has ended since."""
        self._come, self._looked = bytearray(), 0

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
        """The answer to a job, where no other one waits for its own.

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
        try:
            self.begin(kind, root, seconds=seconds, **more)
            while (answer := self.take()) is None:
                left = max(0.0, until - time.monotonic()) if until else None
                if not select.select([self], [], [], left)[0]:
                    raise OutOfTime
        except BaseException:  # a signal, too: the answer would be taken for that to the next job
            self.close()
            raise
        return answer

    def begin(self, kind: str, root: Path, *, seconds: float, **more: object) -> None:
        """Send a job, which is done after those that were sent before: `take` gives their answers
        in the same order. The arguments are those of `ask`.

        Raises:
            GuardFailed: nothing can be compiled at all.
        """
        limits = self.limits
        job = {"kind": kind, "root": str(root), "seconds": seconds, "memory": limits.memory, **more}
        job["wall"] = seconds * limits.patience + 1
        line = json.dumps(job).encode() + b"\n"
        connection = self._connect()
        self._asked.append(line)
        try:
            connection.sendall(line)
        except OSError as error:
            self._begin_again(error)

    def take(self) -> Answer | None:
        """The answer to the oldest job; None where it has not come yet: it may have when there is
        something to read (`fileno`).

        Raises:
            GuardFailed: nothing can be compiled at all.
        """
        try:
            line = self._line()
            if line is None:
                return None
            answer = read_answer(line)
        except (OSError, EOFError) as error:
            self._begin_again(error)
            return None
        except ValueError as error:
            self.close()
            raise _end(error) from None
        self._asked.popleft()
        self._has_failed = False
        return answer

    def fileno(self) -> int:
        """Of the connection that answers come by, for `select`."""
        return self._connect().fileno()

    def close(self) -> None:
        """End the process and its child, and the host if it is the guard's own. The guard may be
        used again and starts a new one; jobs without an answer are lost."""
        connection, self._connection = self._connection, None
        self._asked, self._has_failed = deque[bytes](), False
        self._come, self._looked = bytearray(), 0
        if connection is not None:
            with connection, suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                _wait_for_end(connection)
        if self._own is not None:
            self._own.close()

    def _begin_again(self, error: OSError | EOFError) -> None:
        """The host ends with the thread that has started it, at whatever moment: with another one
        it works. A spec that ends it each time is not tried for ever."""
        asked, has_failed = self._asked, self._has_failed
        self.close()
        if has_failed:
            raise _end(error) from None
        try:
            self._connect().sendall(b"".join(asked))
        except OSError as again:
            self.close()
            raise _end(again) from None
        self._asked, self._has_failed = asked, True

    def _connect(self) -> socket.socket:
        if self._connection is None:
            try:
                self._connection = self._host.connect()
            except OSError as error:
                raise GuardFailed(f"no process to compile specs can be started: {error}") from None
        return self._connection

    def _line(self) -> bytes | None:
        """The next answer; None where it has not come as a whole."""
        come = self._come
        while (end := come.find(b"\n", self._looked)) < 0:
            self._looked = len(come)
            try:
                chunk = self._connect().recv(_CHUNK, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            if not chunk or len(come) > _MOST:
                raise EOFError("its answer is cut off")
            come += chunk
        line = bytes(come[:end])
        del come[: end + 1]
        self._looked = 0
        return line


def _end(error: Exception) -> GuardFailed:
    return GuardFailed(f"the process that compiles specs has ended: {error}")


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
