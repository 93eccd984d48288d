"""What ran, what failed, what could not run here: noted step by step, and shown as one table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from engine import RehearsalError

RAN, FAILED, LEFT_OUT = "ran", "FAILED", "left out"


class LeftOut(RehearsalError):  # not an error: it says why a step cannot run here
    """A step that this machine cannot do, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A step's result; `seconds` it took."""

    step: str
    verdict: str
    seconds: float
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
        started = time.monotonic()
        try:
            verdict, said = RAN, do()
        except LeftOut as error:
            verdict, said = LEFT_OUT, str(error)
        except RehearsalError as error:
            verdict, said = FAILED, str(error)
        seconds = time.monotonic() - started
        self.outcomes.append(Outcome(step=name, verdict=verdict, seconds=seconds, said=said))
        show(f"   {verdict} in {seconds:.0f} s: {said}")
        if verdict == FAILED and needed:
            raise RehearsalError(said)

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
            f"{one.step:<{width}}  {one.verdict:<8}  {one.seconds:>5.0f} s  "
            f"{one.said.splitlines()[0] if one.said else ''}"
            for one in self.outcomes
        ]
        return "\n".join(lines)


def show(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
