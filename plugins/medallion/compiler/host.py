"""The process that guarded ones are forked from: it has imported what compiling needs, once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from medallion.compiler.version import PASSED_ON, SETTINGS, remember_code

WORKER = (sys.executable, "-m", "medallion.compiler.worker")


class Host:
    """One such process, started when it is first needed.

    Processes that are forked from the one that started it may use it too: the DAG processor has
    one, and the child that it forks for a DAG file need not wait for imports.
    """

    def __init__(self, command: Sequence[str] = WORKER) -> None:
        self._command = tuple(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0
        self._environment: Mapping[str, str] = {}

    def connect(self) -> socket.socket:
        """The way to a new guarded process, which ends when it is closed.

        Raises:
            OSError: none can be started.
        """
        self.start()
        # Several threads use one host, and another one may close it meanwhile.
        control = self._control
        if control is None:
            raise OSError("it has ended")
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(control, [b"+"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    def start(self) -> None:
        """Start it, where it does not run. On Linux it ends with the thread that does so.

        Raises:
            OSError: it cannot be started.
        """
        # A forked child uses its parent's host, and starts none.
        if self._owner not in (0, os.getpid()) or self.runs():
            return
        self.close()
        remember_code()
        self._environment = _environment(os.environ)
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                self._command,
                stdin=theirs.fileno(),
                env=self._environment,
                start_new_session=True,
            )
        self._owner = os.getpid()

    def runs(self) -> bool:
        """Whether it is there, for this process's settings: specs are judged by them."""
        control = self._control
        if control is None or self._environment != _environment(os.environ):
            return False
        try:
            return bool(control.recv(1, socket.MSG_DONTWAIT))  # it never says anything
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """End it and every process that it has forked. Only who has started it can."""
        control, self._control = self._control, None
        if control is not None:
            control.close()
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        self._owner = 0
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without secrets: what reads a hostile spec has no connection and no key in its memory."""
    passed = {name: environ[name] for name in (*PASSED_ON, *SETTINGS) if name in environ}
    plugins = str(Path(__file__).resolve().parents[2])
    paths = [plugins, *filter(None, passed.get("PYTHONPATH", "").split(os.pathsep))]
    passed["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    return {**passed, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
