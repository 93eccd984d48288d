"""The client of the guarded process: jobs in, answers out, within the caller's time."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from medallion.compiler.limits import Limits
from medallion.compiler.version import PASSED_ON, SETTINGS

WORKER = (sys.executable, "-m", "medallion.compiler.worker")
_MOST = 256 << 20
"""Bytes of one answer."""

Answer = dict[str, Any]


class OutOfTime(Exception):
    """The caller's time was over before the answer came. The job is lost; ask again later."""


class GuardFailed(Exception):
    """The guarded process could not be started, or ended though no spec exceeded its limits. A spec
    is not to blame."""


class Guard:
    """One guarded process, started when it is first needed. After a fork the child must make its
    own: `shared_guard` does."""

    def __init__(self, limits: Limits | None = None, command: Sequence[str] = WORKER) -> None:
        self.limits = limits or Limits.of()
        self._command = tuple(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""

    def another(self) -> Guard:
        """A guard with the same limits and a process of its own."""
        return Guard(self.limits, self._command)

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
        process = self._started()
        try:
            _pipe(process.stdin).write(json.dumps(job).encode() + b"\n")
            _pipe(process.stdin).flush()
            answer: Answer = json.loads(self._line(process, until))
        except (OSError, ValueError, EOFError) as error:
            self.close()
            raise GuardFailed(f"the process that compiles specs has ended: {error}") from None
        except OutOfTime:
            self.close()
            raise
        return answer

    def close(self) -> None:
        """Kill the process and its child. The guard may be used again and starts a new one."""
        process, self._process, self._rest = self._process, None, b""
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                _pipe(pipe).close()
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=_environment(os.environ),
                    start_new_session=True,
                )
            except OSError as error:
                raise GuardFailed(f"no process to compile specs can be started: {error}") from None
            self._rest = b""
        return self._process

    def _line(self, process: subprocess.Popen[bytes], until: float) -> bytes:
        handle, pieces = _pipe(process.stdout).fileno(), [self._rest]
        size = 0
        while b"\n" not in pieces[-1]:
            left = max(0.0, until - time.monotonic()) if until else None
            if not select.select([handle], [], [], left)[0]:
                raise OutOfTime
            pieces.append(os.read(handle, 1 << 20))
            size += len(pieces[-1])
            if not pieces[-1] or size > _MOST:
                raise EOFError("its answer is cut off")
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("it has no pipe")
    return pipe


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without secrets: what reads a hostile spec has no connection and no key in its memory."""
    passed = {name: environ[name] for name in (*PASSED_ON, *SETTINGS) if name in environ}
    plugins = str(Path(__file__).resolve().parents[2])
    paths = [plugins, *filter(None, passed.get("PYTHONPATH", "").split(os.pathsep))]
    passed["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    return {**passed, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


_shared: dict[int, Guard] = {}
"""By the process that made it: a child that was forked must not use its parent's."""


def shared_guard() -> Guard:
    """This process's guard, closed when the process exits."""
    guard = _shared.get(os.getpid())
    if guard is None:
        _shared.clear()
        guard = _shared[os.getpid()] = Guard()
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
