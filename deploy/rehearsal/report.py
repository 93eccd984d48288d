"""What ran, what failed, what could not run here: noted step by step, and shown as one table."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from engine import RehearsalError

RAN, FAILED, LEFT_OUT = "ran", "FAILED", "left out"


class LeftOut(RehearsalError):  # not an error: it says why a step cannot run here
    """A step that this machine cannot do, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A step's result; `seconds` it took.

    Attributes:
        load: the machine's at its end: processes that ran or wanted to, of the last minute.
    """

    step: str
    verdict: str
    seconds: float
    load: float
    said: str


@dataclass(slots=True)
class Report:
    """The outcomes so far."""

    outcomes: list[Outcome] = field(default_factory=list)

    def step(self, name: str, do: Callable[[], str], *, needed: bool = True) -> None:
        """Do a step and note what it says.

        Raises:
            RehearsalError: it failed and the others need it.
        """
        show(f"── {name}")
        self._note(_do(name, do), needed=needed)

    @contextlib.contextmanager
    def beside(self, name: str, do: Callable[[], str]) -> Iterator[None]:
        """Do a step that none of the others needs while those of the block are done, which wait
        for the most part. It is noted behind them."""
        with ThreadPoolExecutor(1, "rehearsal") as pool:
            show(f"── {name}, beside what follows")
            outcome = pool.submit(_do, name, do)
            try:
                yield
            finally:
                self._note(outcome.result(), needed=False)

    def _note(self, one: Outcome, *, needed: bool) -> None:
        self.outcomes.append(one)
        show(f"   {one.step}: {one.verdict} in {one.seconds:.0f} s: {one.said}")
        if one.verdict == FAILED and needed:
            raise RehearsalError(one.said)

    def leave_out(self, name: str, why: str) -> None:
        """Note a step that is never done here, and why."""

        def refuse() -> str:
            raise LeftOut(why)

        self.step(name, refuse)

    def has_failed(self) -> bool:
        """Whether any step has."""
        return any(one.verdict == FAILED for one in self.outcomes)

    def table(self) -> str:
        """A line for each step, its first line of what it said."""
        width = max(len(one.step) for one in self.outcomes)
        lines = [
            f"{one.step:<{width}}  {one.verdict:<8}  {one.seconds:>5.0f} s  load {one.load:>4.1f}  "
            f"{one.said.splitlines()[0] if one.said else ''}"
            for one in self.outcomes
        ]
        return "\n".join(lines)


def _do(name: str, do: Callable[[], str]) -> Outcome:
    started = time.monotonic()
    try:
        verdict, said = RAN, do()
    except LeftOut as error:
        verdict, said = LEFT_OUT, str(error)
    except RehearsalError as error:
        verdict, said = FAILED, str(error)
    seconds = time.monotonic() - started
    return Outcome(step=name, verdict=verdict, seconds=seconds, load=os.getloadavg()[0], said=said)


def show(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
