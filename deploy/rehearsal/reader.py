"""Somebody who reads gold all the time, while services are replaced under him."""

from __future__ import annotations

import contextlib
import itertools
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from engine import RehearsalError

from steps import ALL_ROWS, Rehearsal

_ANSWER = re.compile(r"^(\d+\.\d+)\|([0-9a-f]{32})$", re.MULTILINE)
_SCRIPT = """\
read -r PGPASSWORD; export PGPASSWORD PGAPPNAME=rehearsal
exec psql -XAt -v ON_ERROR_STOP=1 --host=127.0.0.1 --username=superset_reader --dbname=warehouse"""
_QUESTION = f"SELECT round(extract(epoch FROM clock_timestamp()), 3), ({ALL_ROWS})"  # noqa: S608
_END = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = 'rehearsal' AND usename = current_user"
)


@dataclass(slots=True)
class Answers:
    """What a reader got: a digest of all rows, five times a second."""

    count: int = 0
    seen: frozenset[str] = frozenset()
    longest: float = 0.0
    """Seconds between two answers."""

    def describe(self, allowed: frozenset[str]) -> str:
        """How many there were.

        Raises:
            RehearsalError: one was neither of these digests.
        """
        if self.seen - allowed:
            raise RehearsalError("the reader saw gold in a state that is no publication's")
        return f"a reader had {self.count} answers, the longest pause was {self.longest:.1f} s"


@contextlib.contextmanager
def reading(rehearsal: Rehearsal) -> Iterator[Answers]:
    """One session of the BI login, which reads while the block runs; then the answers are there.

    Raises:
        RehearsalError: the session ended before the block, or nothing was answered.
    """
    stack, answers = rehearsal.stack, Answers()
    container = stack.containers()["postgres"]["Id"]
    words = [stack.engine.name, "exec", "--interactive", container, "bash", "-c", _SCRIPT]
    output = stack.folder / "reader"
    with output.open("w") as file:
        session = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT, text=True
        )
        _begin(session, stack.secret("MEDALLION_BI_PASSWORD"))
        try:
            yield answers
            if session.poll() is not None:
                raise RehearsalError(f"the reader's session has ended: {output.read_text()[-500:]}")
        finally:
            rehearsal.query(_END)
            session.wait(timeout=60)
    found = _ANSWER.findall(output.read_text())
    if len(found) < 2:
        raise RehearsalError(f"the reader had no answers: {output.read_text()[-500:]}")
    times = [float(time) for time, _ in found]
    answers.count, answers.seen = len(found), frozenset(digest for _, digest in found)
    answers.longest = max(after - before for before, after in itertools.pairwise(times))


def _begin(session: subprocess.Popen[str], password: str) -> None:
    """The password first, by standard input: arguments are seen by whoever lists processes."""
    if session.stdin is not None:
        session.stdin.write(f"{password}\n{_QUESTION}\n\\watch 0.2\n")
        session.stdin.close()
