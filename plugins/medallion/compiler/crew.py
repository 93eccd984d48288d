"""Several guarded processes side by side: as many as there are cores, where there is work.

One thread asks them all. Each has its next job before its answer to the one before is looked at, so
that none waits while this process writes down what another one has answered.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from medallion.compiler.answers import Answer
from medallion.compiler.guard import Guard, OutOfTime

MOST = 4
"""Processes: each has some 100 MB, and the DAG processor parses other files meanwhile."""
WORTH_ONE = 4
"""Items for each process: to fork one takes as long as reading a few specs."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[Item]):
    """What is done about items.

    Attributes:
        begin: sends an item's job (`Guard.begin`).
        receive: is given its answer.
        meanwhile: does a piece of other work while no answer has come; whether there was any.
    """

    begin: Callable[[Guard, Item], object]
    receive: Callable[[Item, Answer], object]
    meanwhile: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class _Member(Generic[Item]):
    guard: Guard
    items: deque[Item] = field(default_factory=deque)
    """What it has been asked about, the oldest first."""


def ask_side_by_side(
    guard: Guard, items: Iterable[Item], work: Work[Item], *, until: float = 0.0, at_once: int = 2
) -> None:
    """Do the work of each item, in their order, with `guard` and others like it.

    Args:
        guard: the only one where one is enough.
        items: what is asked about.
        work: what is done about each.
        until: the moment of `time.monotonic` by which all is needed; 0: it waits.
        at_once: jobs that a process has, the one that it is at among them.

    Raises:
        OutOfTime: `until` came first.
        GuardFailed: nothing can be compiled at all.
    """
    left = deque(items)
    others = [guard.another() for _ in range(_processes(len(left)) - 1)]
    crew = [_Member[Item](one) for one in (guard, *others)]
    try:
        while left or any(one.items for one in crew):
            if until and time.monotonic() >= until:
                raise OutOfTime
            _hand_out(crew, left, work, at_once)
            for one in _wait([one for one in crew if one.items], work, until):
                while one.items and (answer := one.guard.take()) is not None:
                    item = one.items.popleft()
                    _hand_out([one], left, work, at_once)
                    work.receive(item, answer)
    finally:
        for one in crew:
            if one.items or one.guard is not guard:  # nobody waits for what it is at
                one.guard.close()


def _hand_out(crew: list[_Member[Item]], left: deque[Item], work: Work[Item], at_once: int) -> None:
    """Give each as many items as it may have, in turn."""
    for many in range(1, at_once + 1):
        for one in crew:
            if left and len(one.items) < many:
                one.items.append(left.popleft())  # before: if a signal comes between, it is closed
                work.begin(one.guard, one.items[-1])


def _wait(busy: list[_Member[Item]], work: Work[Item], until: float) -> list[_Member[Item]]:
    """Those of which something has come."""
    by_number = {one.guard.fileno(): one for one in busy}
    more = True
    while True:
        left = max(0.0, until - time.monotonic()) if until else None
        if ready := select.select(by_number, [], [], 0.0 if more else left)[0]:
            return [by_number[number] for number in ready]
        if left == 0.0:
            raise OutOfTime
        more = work.meanwhile()


def _processes(items: int) -> int:
    return max(1, min(MOST, _cores(), items // WORTH_ONE))


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
