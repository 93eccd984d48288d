"""The time of processors that a side takes, its own and the server's.

On a machine that does other work, too, the clock says how much of the machine a side got. The time
of processors moves far less: by a tenth, where caches and a shared core's other thread are busy.
"""

from __future__ import annotations

import resource
import time

import psutil

from bench.rounds import Side

SETTLE_SECONDS = 0.3
"""Until the server has taken note of sessions that have ended: theirs count from then on."""


class Processors:
    """Counts for this process's children and one PostgreSQL."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = psutil.Process(postmaster)

    def spent(self) -> float:
        """Seconds since they were started: of children that have ended, and of all of the
        server's processes."""
        time.sleep(SETTLE_SECONDS)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        times = self._postmaster.cpu_times()
        ended = times.user + times.system + times.children_user + times.children_system
        alive = sum(_seconds_of(process) for process in self._postmaster.children())
        return children.ru_utime + children.ru_stime + ended + alive

    def watch(self, side: Side, seen: list[float]) -> Side:
        """The side, which adds to `seen` what each of its rounds takes."""

        def run() -> float:
            before = self.spent()
            value = side()
            seen.append(self.spent() - before)
            return value

        return run


def _seconds_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
