"""`python -m medallion.compiler.worker`: compiles specs in a child with limits, one after another.

    Airflow's process ──a connection──▶ host ──fork──▶ worker
    Airflow's process ──job, a line of JSON──▶ worker ──fork──▶ child: limits, no secrets
            ◀────────answer, a line──────────    │  ◀──answer── reads the spec
                                                 └── kills it at its limit; the next job forks again

Only the child sees what a spec says. The host imports what compiling needs before it forks, so a
new worker or child costs hundredths of a second. The child notes where it is in shared memory,
which survives it: the issue can name the key at which the spec was ended.
"""

from __future__ import annotations

import gc
import json
import mmap
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import IO, NoReturn

from medallion.compiler.answers import Answer, read_answer, write_answer
from medallion.compiler.job import do
from medallion.compiler.limits import end_with_parent, limit_memory, limit_time, processor_time
from medallion.spec.findings.progress import listen

_LOOK_EVERY = 0.05
_GONE = getattr(select, "POLLRDHUP", 0)
"""That a client has closed its side, whatever it has sent before: it sends a job while another one
is at work. Where the kernel has no word for that, it says that both sides are closed."""
_NOTE = 8192
_BROKEN_PIPE = 70
_COLLECT_AFTER = 50_000
"""New objects before the garbage collector looks at the young ones. A spec leaves it nothing to
free (tests/compiler/test_job.py); at Python's 700 it took an eighth of the time."""
_OUT_OF_MEMORY = b'{"memory": true}'


class _ClientGone(Exception):
    """Nobody waits for the answer any more."""


def main() -> int:
    """Be the host: fork a worker for each connection that comes by the standard input, until that
    ends; the exit code is 0."""
    end_with_parent()
    _import_engines()
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)  # what an engine prints is for the log
    gc.freeze()  # what is imported stays: no collection in a child walks through it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that have ended
    with control:
        while handles := socket.recv_fds(control, 1, 1)[1]:
            connection = socket.socket(fileno=handles[0])
            if os.fork() == 0:
                control.close()
                _serve(connection)
            connection.close()
    return 0


def _serve(connection: socket.socket) -> NoReturn:
    """A guarded process: one job after another, until its connection ends."""
    try:
        end_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        server = _Server(connection)
        with suppress(_ClientGone, OSError):
            for line in connection.makefile("rb"):
                server.serve(line)
        server.end_child()
    finally:
        os._exit(0)  # a fork must not run the host's exit handlers, nor flush what it had written


def _import_engines() -> None:
    """Once, and on no spec's account."""
    import croniter  # noqa: F401
    import duckdb  # noqa: F401
    import sqlglot.optimizer.scope  # noqa: F401

    import medallion.checks.row_query
    import medallion.cleaning.duckdb.probe
    import medallion.sources.database.query  # noqa: F401
    from medallion.spec.sql.lineage import read_query

    read_query("select 1 from silver_a.b")  # our own text: the parser is loaded


@dataclass(slots=True)
class _Child:
    pid: int
    jobs: IO[bytes]
    answers: int
    news: select.poll
    """Of its answers, and of the client's end."""
    served: int = 0
    rest: bytes = b""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The child's answer as it is; or why there is none, where it was ended."""

    line: bytes = b""
    ended: Answer | None = None


class _Server:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._note = mmap.mmap(-1, _NOTE)
        """Where the child is, in memory that it shares: it is readable after the child's end."""
        self._child: _Child | None = None

    def serve(self, line: bytes) -> None:
        """Answer one job. What brings a child down that has done other jobs before is tried on a
        child of its own, before the spec is blamed for it."""
        job = json.loads(line)
        fresh = self._child is None
        outcome = self._try(line, job)
        if outcome.ended and outcome.ended["ended"] in ("memory", "crash") and not fresh:
            outcome = self._try(line, job)
        answer = outcome.line
        if outcome.ended:
            answer = write_answer(outcome.ended | self._place(outcome.ended, job))
        self._connection.sendall(answer + b"\n")

    def _place(self, ended: Answer, job: Answer) -> Answer:
        """The line of the key that a spec was ended at."""
        if not ended["where"]:
            return {}
        asked = {"kind": "place", "root": job["root"], "path": job["path"], "seconds": 2.0}
        asked |= {"where": ended["where"], "memory": job["memory"], "wall": 4.0}
        outcome = self._try(json.dumps(asked).encode() + b"\n", asked)
        return {"place": {} if outcome.ended else read_answer(outcome.line)}

    def end_child(self) -> int:
        """End the child, if there is one; the signal that it died of, 0 where it left by itself."""
        child, self._child = self._child, None
        if child is None:
            return 0
        os.kill(child.pid, signal.SIGKILL)
        with suppress(OSError):  # it died before it read the job
            child.jobs.close()
        os.close(child.answers)
        return os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1])

    def _try(self, line: bytes, job: Answer) -> _Outcome:
        child = self._child = self._child or self._fork(job)
        child.served += 1
        self._note[:4] = b"\0\0\0\0"
        before, began = processor_time(child.pid), time.monotonic()
        try:
            child.jobs.write(line)
            child.jobs.flush()
        except OSError:
            return self._report_end("crash", 0.0)
        while (answer := self._line(child)) is None:
            cost = processor_time(child.pid) - before
            if cost > job["seconds"]:
                return self._report_end("time", cost)
            if time.monotonic() - began > job["wall"]:
                return self._report_end("stuck", cost)
        if not answer:
            return self._report_end("crash", processor_time(child.pid) - before)
        if answer == _OUT_OF_MEMORY:
            return self._report_end("memory", 0.0)
        return _Outcome(line=answer)

    def _report_end(self, how: str, cost: float) -> _Outcome:
        doing, where = self._where()
        code = self.end_child()
        if how == "crash" and code == -signal.SIGXCPU:  # the kernel's limit came before our look
            how = "time"
        ended = {"ended": how, "doing": doing, "where": where, "cost": cost, "code": code}
        return _Outcome(ended=ended)

    def _where(self) -> tuple[str, list[str | int]]:
        size = int.from_bytes(self._note[:4], "little")
        try:
            doing, where = json.loads(self._note[4 : 4 + size])
        except ValueError:
            return "", []
        return doing, where

    def _line(self, child: _Child) -> bytes | None:
        """The child's answer, b"" where it has died, None where it is still at work.

        Raises:
            _ClientGone: nobody will read it.
        """
        while b"\n" not in child.rest:
            ready = dict(child.news.poll(_LOOK_EVERY * 1000))
            if self._connection.fileno() in ready:
                raise _ClientGone
            if not ready:
                return None
            chunk = os.read(child.answers, 1 << 16)
            if not chunk:
                return b""
            child.rest += chunk
        line, _, child.rest = child.rest.partition(b"\n")
        return line

    def _fork(self, job: Answer) -> _Child:
        jobs_out, jobs_in = os.pipe()
        answers_out, answers_in = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(jobs_in)
            os.close(answers_out)
            os.close(self._connection.fileno())
            _compile(os.fdopen(jobs_out, "rb"), answers_in, self._note, job["memory"])
        os.close(jobs_out)
        os.close(answers_in)
        news = select.poll()
        news.register(answers_out, select.POLLIN)
        news.register(self._connection, _GONE)
        return _Child(pid=pid, jobs=os.fdopen(jobs_in, "wb"), answers=answers_out, news=news)


def _compile(jobs: IO[bytes], answers: int, note: mmap.mmap, memory: int) -> NoReturn:
    """The child: one job after another, until one of them is too much."""
    code = _BROKEN_PIPE
    try:
        end_with_parent()
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        limit_memory(memory)
        gc.set_threshold(_COLLECT_AFTER)
        listen(lambda doing, where: _write_note(note, doing, where))
        for line in jobs:
            job = json.loads(line)
            limit_time(job["seconds"])
            _send(answers, _answer(job))
        code = 0
    finally:
        os._exit(code)


def _answer(job: Answer) -> bytes:
    try:
        return write_answer(do(job))
    except MemoryError:
        return _OUT_OF_MEMORY
    except Exception as error:
        return json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode()


def _send(answers: int, line: bytes) -> None:
    left = memoryview(line + b"\n")
    while left:
        left = left[os.write(answers, left) :]


def _write_note(note: mmap.mmap, doing: str, where: tuple[str | int, ...]) -> None:
    """Its length last: a note that is half written is never read."""
    text = json.dumps([doing, where]).encode()[: _NOTE - 4] if where else _stage(doing)
    note[4 : 4 + len(text)] = text
    note[:4] = len(text).to_bytes(4, "little")


@cache
def _stage(doing: str) -> bytes:
    """The note of a stage or a rule. Each spec goes through all of them in turn: a cache that held
    fewer than there are would have none."""
    return json.dumps([doing, ()]).encode()


if __name__ == "__main__":
    sys.exit(main())
