"""Several guarded processes side by side: one more than there are cores, where there is work.

What one has answered is written down here before it gets the next item; another works meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from medallion.compiler.guard import Guard

MOST = 4
"""Processes: each has some 100 MB, and the DAG processor parses other files meanwhile."""
WORTH_ONE = 4
"""Items for each process: to fork one takes as long as reading a few specs."""

Item = TypeVar("Item")


def side_by_side(
    guard: Guard, items: Iterable[Item], work: Callable[[Guard, Item], object]
) -> None:
    """Do the work of each item, in their order, with `guard` and others like it.

    `work` runs in several threads at once. When it raises, no other item is begun, and the first
    error is raised once all threads have stopped.
    """
    left, errors = deque(items), list[Exception]()

    def serve(one: Guard) -> None:
        try:
            while not errors and (taken := _take(left)):
                work(one, taken[0])
        except Exception as error:
            errors.append(error)

    def help_out(another: Guard) -> None:
        try:
            serve(another)
        finally:
            another.close()

    others = [guard.another() for _ in range(_processes(len(left)) - 1)]
    helpers = [threading.Thread(target=help_out, args=(another,)) for another in others]
    for helper in helpers:
        helper.start()
    serve(guard)
    for helper in helpers:
        helper.join()
    if errors:
        raise errors[0]


def _take(left: deque[Item]) -> tuple[Item, ...]:
    """The first of what is left, or nothing. A deque may be used by several threads."""
    try:
        return (left.popleft(),)
    except IndexError:
        return ()


def _processes(items: int) -> int:
    return max(1, min(MOST, _cores() + 1, items // WORTH_ONE))


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
