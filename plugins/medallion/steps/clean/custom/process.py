"""A custom step's function in a process of its own, without the secrets of the task.

The process is started afresh, not forked: a fork would hold all that the task holds. Its
environment is an allow-list. Batches go there and come back in Arrow's stream format; what the
function prints goes to the task's log, and holds no secret of the stack: the process has none.

It is not a jail: it runs as the same user, on the same machine: see docs/security.md.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psutil

import medallion
from medallion.errors import CustomStepFailed, DataRejected
from medallion.plan.model import CleanStep, CustomStep
from medallion.prose import tally

if TYPE_CHECKING:
    import pyarrow as pa

HANDED_ON = frozenset(
    (
        *("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "TMPDIR", "TZ", "LANG"),
        *("LC_ALL", "LC_CTYPE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"),
    )
)
"""The variables that a custom step sees, and no others."""

LONGEST_LINE, MOST_LINES = 2000, 1000
"""Of what is printed: the rest is dropped, and its lines counted."""
ANSWER, ERROR = b"A", b"E"
"""What an answer of the child begins with."""
_PATIENCE_SECONDS = 5
_ROUNDS = 20
_LENGTH = struct.Struct(">Q")
_ERRORS = {"CustomStepFailed": CustomStepFailed, "DataRejected": DataRejected}

Call = Callable[["pa.RecordBatch"], "pa.RecordBatch"]


@contextmanager
def in_own_process(
    step: CleanStep, custom: CustomStep, log: logging.Logger, deadline: float | None = None
) -> Iterator[Call]:
    """The step's function, called with batches of cleaned rows, in a process that ends with the
    block, and with it all processes that the function has started.

    Args:
        step: whose rows it is given.
        custom: the function.
        log: gets what it prints.
        deadline: the moment of `time.monotonic` at which it is ended, whatever it does.

    Raises:
        CustomStepFailed, DataRejected: as `custom_step.call` does; CustomStepFailed too where the
            process ended without an answer, or its time was over.
    """
    answers, answering = os.pipe()
    with tempfile.TemporaryDirectory(prefix="medallion-custom-") as folder:
        child = subprocess.Popen(
            [sys.executable, "-m", "medallion.steps.clean.custom.child", str(answering)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(answering,),
            env={**environment(os.environ), "HOME": folder, "PYTHONUNBUFFERED": "1"},
            cwd=folder,
            start_new_session=True,
        )
        os.close(answering)
        assert child.stdin and child.stdout  # noqa: S101  # both are pipes
        printing = threading.Thread(
            target=_log_lines, args=(child.stdout, custom, log), daemon=True
        )
        printing.start()
        try:
            with os.fdopen(answers, "rb") as back:
                in_time = partial(_wait_for, back, custom, deadline)
                ask = partial(_ask, child, child.stdin, back, in_time)
                # The child is trusted less: it sends no pickle back.
                ask(pickle.dumps((step, custom)))
                yield lambda batch: unpack_batch(ask(pack_batch(batch)))
        finally:
            with suppress(OSError):
                child.stdin.close()
            _end(child)
            end_those_left(folder)
            printing.join(timeout=_PATIENCE_SECONDS)  # a process that it left may hold its output


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The task's environment without its secrets: only HANDED_ON, and PYTHONPATH with Medallion
    first."""
    ours = str(Path(medallion.__file__).resolve().parents[1])
    kept = {name: value for name, value in environ.items() if name in HANDED_ON}
    paths = [ours, *filter(None, kept.get("PYTHONPATH", "").split(os.pathsep))]
    return {**kept, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def send(file: IO[bytes], content: bytes) -> None:
    """Write one message: 8 bytes of length, then its content."""
    file.write(_LENGTH.pack(len(content)))
    file.write(content)
    file.flush()


def receive(file: IO[bytes]) -> bytes | None:
    """Read one message; None at the end of the stream, or if it is cut off."""
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = file.read(length)
    return content if len(content) == length else None


def pack_batch(batch: pa.RecordBatch) -> bytes:
    """A batch in Arrow's stream format, which holds data only: a pickle from the child could run
    code in the task."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def unpack_batch(content: bytes) -> pa.RecordBatch:
    """The batch in a text of `pack_batch`."""
    import pyarrow as pa

    with pa.ipc.open_stream(content) as reader:
        return reader.read_next_batch()


def _ask(
    child: subprocess.Popen[bytes],
    to: IO[bytes],
    back: IO[bytes],
    in_time: Callable[[], None],
    what: bytes,
) -> bytes:
    """The child's answer to a message."""
    with suppress(BrokenPipeError):  # it has ended: what it said before, or how it ended, tells why
        send(to, what)
    in_time()
    answer = receive(back)
    if answer is None:
        _end(child)
        raise _explain_ended(child.returncode)
    if answer[:1] == ERROR:
        said = json.loads(answer[1:])
        raise _ERRORS[said["kind"]](said["problem"], remedy=said["remedy"])
    return answer[1:]


def _wait_for(back: IO[bytes], custom: CustomStep, deadline: float | None) -> None:
    """Until an answer begins."""
    if deadline is None or _ready(back, deadline):
        return
    raise CustomStepFailed(
        f"{custom.path}: {custom.function} did not end in the time that its task has",
        remedy="it was ended, and nothing was published; does it loop, or wait for something? "
        "Else raise `execution_timeout` of the dataset in the spec, and clear the task",
    )


def _ready(back: IO[bytes], deadline: float) -> bool:
    return bool(select.select([back], [], [], max(0.0, deadline - time.monotonic()))[0])


def _explain_ended(code: int) -> CustomStepFailed:
    how = f"signal {-code}" if code < 0 else f"code {code}"
    return CustomStepFailed(
        f"the process of the custom step ended with {how}, without an answer",
        remedy="nothing was published; signal 9 is often memory: give the function fewer rows at a "
        "time (leave `max_rows` out), or have it need less",
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """Wait for a child whose input has ended, not for long; then end what it has started too."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=_PATIENCE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def end_those_left(home: str) -> None:
    """End the processes that have a custom step's home in their environment.

    A process that the function has started may have left its group (`setsid`); it has inherited the
    home, a folder of this one run. Only one that was given another environment gets away.
    """
    for _ in range(_ROUNDS):  # one may start another while they are looked for
        left = [process for process in psutil.process_iter() if _lives_in(process, home)]
        if not left:
            return
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=_PATIENCE_SECONDS)


def _lives_in(process: psutil.Process, home: str) -> bool:
    if process.pid == os.getpid():
        return False
    with suppress(psutil.Error, OSError):  # it has ended, or is somebody else's
        return process.environ().get("HOME") == home
    return False


def _log_lines(output: IO[bytes], custom: CustomStep, log: logging.Logger) -> None:
    """What the function prints, line by line, as the task's own log."""
    lines = 0
    with output:
        while line := output.readline(LONGEST_LINE):
            text = line.decode("utf-8", "replace").rstrip()
            lines += bool(text)
            if text and lines <= MOST_LINES:
                log.info("%s prints: %s", custom.path, text)
    if lines > MOST_LINES:
        log.info("%s printed %s more", custom.path, tally(lines - MOST_LINES, "line"))
